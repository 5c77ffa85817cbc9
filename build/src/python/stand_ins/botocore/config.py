"""Settings of clients."""


class Config:
    """Takes what botocore's takes. Nothing of it has an effect: the host makes the calls, and tries again."""

    def __init__(self, *_, **settings):
        vars(self).update(settings)

    def merge(self, other):
        return Config(**{**vars(self), **vars(other)})
