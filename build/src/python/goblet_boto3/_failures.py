"""What API Gateway answers where a call of goblet's connections fails. boto3's stand-in needs it, too."""

import re

import goblet

# With API Gateway's texts, where it has one.
_ANSWERS = {
    goblet.DisconnectedError: (410, "GoneException", lambda _: "Gone"),
    goblet.PayloadTooLargeError: (413, "PayloadTooLargeException", lambda _: "The message is larger than 128 KB"),
    goblet.ThrottledError: (429, "LimitExceededException", str),
    goblet.ForbiddenError: (403, "ForbiddenException", str),
}

# What the host says of an answer that has no name of its own there.
_OTHER = re.compile(r"the management API answered (?P<status>\d+): (?:(?P<code>\w+): )?(?P<message>.*)", re.DOTALL)


def answer(error):
    """The status, the code and the message, or None if there was no answer."""
    if type(error) in _ANSWERS:
        status, code, text = _ANSWERS[type(error)]
        return status, code, text(error)
    other = _OTHER.fullmatch(str(error))
    return other and (int(other["status"]), other["code"] or other["status"], other["message"])
