# Who does not tell a name is refused.
nobody: connect => 400
nobody: connect ?name= => 400

ada: connect ?name=Ada subprotocol=greeting.v1
ada> hello
ada< Hello! Nice to see you.
ada> since
ada< /^You came \d+ s ago\.$/
ada> what?
ada< Say hello, since or bye.

# The handler closes the connection.
ada> bye
ada< Goodbye!
ada: closed 1000
