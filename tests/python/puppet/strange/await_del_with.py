def greeting(name):
    match name:
        case "":
            raise LookupError("nobody to greet")
        case _:
            return f"Hello, {name}!"
