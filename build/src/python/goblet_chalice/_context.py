"""What a Lambda function gets besides its event: <https://docs.aws.amazon.com/lambda/latest/dg/python-context.html>."""

import os
from types import SimpleNamespace

_UNKNOWN = (
    "a handler does not know its {}: Goblet keeps what is Lambda's from handlers. The host ends a handler that takes "
    "longer than the function's timeout"
)


class LambdaContext:
    """The context, as far as a handler may know it. Of Lambda's variables it has those that GOBLET_ENVIRONMENT names."""

    def __init__(self, request_id):
        # API Gateway's id, as Lambda's is not told. Both are there to find an event in the log.
        self.aws_request_id = request_id
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = None
        self.tenant_id = None

    @property
    def invoked_function_arn(self):
        raise RuntimeError(_UNKNOWN.format("ARN (context.invoked_function_arn)"))

    def get_remaining_time_in_millis(self):
        raise RuntimeError(_UNKNOWN.format("remaining time (context.get_remaining_time_in_millis)"))

    def log(self, message):
        print(message, end="")
