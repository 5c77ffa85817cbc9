"""Lambda's Python runtime in small: takes events from the Runtime API, and gives them to a function's handler.

It behaves as AWS's own client does, which need not be installed:
https://github.com/aws/aws-lambda-python-runtime-interface-client
"""

import decimal
import http.client
import importlib
import json
import logging
import math
import os
import sys
import time
import traceback
from types import SimpleNamespace

TASK_ROOT = os.environ.get("LAMBDA_TASK_ROOT", os.getcwd())
API = "/2018-06-01/runtime"
TIME = "%Y-%m-%dT%H:%M:%SZ"
IS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, and 100 bytes more.
MAX_RESPONSE = 6 * 1024 * 1024 + 100

# The invocation that is to be answered.
request_id = None

# Whether the last line on stdout has no end yet.
is_line_open = False


class Fault(Exception):
    """An error of the runtime's own, with the name that Lambda gives it."""

    def __init__(self, name, message, trace=()):
        super().__init__(message)
        self.name = name
        self.trace = list(trace)


# The Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html


class RuntimeApi:
    def __init__(self):
        self.connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

    def call(self, method, path, body=None, headers=None):
        self.connection.request(method, f"{API}/{path}", body, headers or {})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def next(self):
        status, headers, body = self.call("GET", "invocation/next")
        if status != 200:
            sys.exit(1)
        return headers, body

    def respond(self, body):
        if len(body) > MAX_RESPONSE:
            size = f"Response payload size ({len(body)} bytes)"
            message = f"{size} exceeded maximum allowed payload size ({MAX_RESPONSE} bytes)."
            return self.fail(error_response(message, "Function.ResponseSizeTooLarge"))
        self.call("POST", f"invocation/{request_id}/response", body)

    def fail(self, error):
        """Reports an error of the invocation, or of the start."""
        path = f"invocation/{request_id}/error" if request_id else "init/error"
        headers = {"Lambda-Runtime-Function-Error-Type": error["errorType"], "Content-Type": "application/json"}
        self.call("POST", path, to_json(error).encode(), headers)


class Encoder(json.JSONEncoder):
    def default(self, value):
        if isinstance(value, decimal.Decimal):
            # DynamoDB's numbers.
            is_whole = value.is_finite() and value == value.to_integral_value()
            return math.nan if value.is_nan() else int(value) if is_whole else float(value)
        return super().default(value)


def to_json(value):
    return json.dumps(value, cls=Encoder, ensure_ascii=False)


def error_response(message, name, trace=()):
    return {"errorMessage": message, "errorType": name, "requestId": request_id or "", "stackTrace": list(trace)}


def describe(error):
    if isinstance(error, Fault):
        return error_response(str(error), error.name, error.trace)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not is_hidden(frame)]
    return error_response(str(error), type(error).__name__, traceback.format_list(frames))


def is_hidden(frame):
    """Whether a line of a traceback says nothing about the function: it is of this file, or of the import itself."""
    return frame.filename in (__file__, importlib.__file__) or frame.filename.startswith("<frozen importlib.")


# The log: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html


class JsonFormatter(logging.Formatter):
    OWN = {*vars(logging.makeLogRecord({})), "message", "asctime", "aws_request_id"}

    def format(self, record):
        is_dict = isinstance(record.msg, dict) and not record.args
        fields = {
            "timestamp": self.formatTime(record, TIME),
            "level": record.levelname,
            "message": record.msg if is_dict else record.getMessage(),
            "logger": record.name,
            "requestId": request_id,
        }
        if record.exc_info and record.exc_info[0]:
            kind, error, trace = record.exc_info
            fields["stackTrace"] = traceback.format_tb(trace)
            fields["errorType"], fields["errorMessage"] = kind.__name__, str(error)
            fields["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        fields.update((name, value) for name, value in vars(record).items() if name not in self.OWN and name not in fields)
        return json.dumps({name: value for name, value in fields.items() if value is not None}, ensure_ascii=False, default=str)


class RequestId(logging.Filter):
    def filter(self, record):
        record.aws_request_id = request_id or ""
        return True


class Stdout(logging.StreamHandler):
    """Follows `sys.stdout`, which a function may replace."""

    def __init__(self):
        logging.Handler.__init__(self)

    @property
    def stream(self):
        return sys.stdout

    def emit(self, record):
        end_line()
        super().emit(record)


def watch_lines():
    """Keeps in mind whether what is written ends a line: a record that came after the rest of one would not be seen."""
    write = sys.stdout.write

    def watched(text):
        global is_line_open
        if text:
            is_line_open = not text.endswith("\n")
        return write(text)

    sys.stdout.write = watched


def end_line():
    if is_line_open:
        print(flush=True)


def set_up_logging():
    logging.Formatter.converter = time.gmtime
    handler = Stdout()
    text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    handler.setFormatter(JsonFormatter() if IS_JSON else logging.Formatter(text, "%Y-%m-%dT%H:%M:%S"))
    handler.addFilter(RequestId())
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = "DEBUG" if level == "TRACE" else level
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)


def log_error(error):
    end_line()
    if IS_JSON:
        timestamp = time.strftime(TIME, time.gmtime())
        print(to_json({"timestamp": timestamp, "level": "ERROR", **error}), flush=True)
    else:
        lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}", "Traceback (most recent call last):"]
        print("\n".join(lines + [line.rstrip("\n") for line in error["stackTrace"]]), flush=True)


# The handler: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html


def find_handler(text):
    module_name, dot, name = text.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{text}': not enough values to unpack (expected 2, got 1)")
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        trace = describe(error)["stackTrace"]
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}", trace) from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}", trace) from error
    if not hasattr(module, name):
        raise Fault("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    return getattr(module, name)


class Context:
    """What a function gets besides its event: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.tenant_id = None
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = client_context(headers.get("Lambda-Runtime-Client-Context"))
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))

    def log(self, message):
        sys.stdout.write(str(message))


def client_context(text):
    if not text:
        return None
    fields = json.loads(text)
    client = fields.get("client")
    names = ["installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name"]
    client = client and SimpleNamespace(**{name: client.get(name) for name in names})
    return SimpleNamespace(custom=fields.get("custom"), env=fields.get("env"), client=client)


def answer(handler, headers, body):
    try:
        event = json.loads(body)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error
    response = handler(event, Context(headers))
    if isinstance(response, bytes):
        return response
    try:
        return to_json(response).encode()
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def main():
    global request_id
    # Here it is the folder of this file.
    sys.path[0] = TASK_ROOT
    watch_lines()
    set_up_logging()
    api = RuntimeApi()
    try:
        handler = find_handler(sys.argv[1])
    except Exception as error:
        described = describe(error)
        log_error(described)
        api.fail(described)
        sys.exit(1)
    while True:
        headers, body = api.next()
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
        try:
            response = answer(handler, headers, body)
        except Exception as error:
            described = describe(error)
            log_error(described)
            api.fail(described)
        else:
            api.respond(response)
        end_line()
        request_id = None


if __name__ == "__main__":
    main()
