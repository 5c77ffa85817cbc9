"""The errors that calls of connections raise, and their bases, with botocore's names and texts:
<https://boto3.amazonaws.com/v1/documentation/api/latest/guide/error-handling.html>.
"""


class BotoCoreError(Exception):
    """An error that is no answer of AWS."""

    fmt = "An unspecified error occurred"

    def __init__(self, **kwargs):
        super().__init__(self.fmt.format(**kwargs))
        self.kwargs = kwargs


class UnknownServiceError(BotoCoreError):
    fmt = "Unknown service: '{service_name}'. Valid service names are: {known_service_names}"


class ParamValidationError(BotoCoreError):
    fmt = "Parameter validation failed:\n{report}"


class HTTPClientError(BotoCoreError):
    fmt = "An HTTP Client raised an unhandled exception: {error}"


class ClientError(Exception):
    """AWS's answer is an error. ``response`` is what it says, as boto3 gives it."""

    MSG_TEMPLATE = "An error occurred ({error_code}) when calling the {operation_name} operation: {error_message}"

    def __init__(self, error_response, operation_name):
        error = error_response.get("Error", {})
        text = {"error_code": error.get("Code", "Unknown"), "error_message": error.get("Message", "Unknown")}
        super().__init__(self.MSG_TEMPLATE.format(operation_name=operation_name, **text))
        self.response = error_response
        self.operation_name = operation_name


def __getattr__(name):
    """Botocore's other errors can be named, as in `except`. No call here raises them."""
    if not name.endswith(("Error", "Exception")):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    kind = globals()[name] = type(name, (BotoCoreError,), {"__module__": __name__})
    return kind
