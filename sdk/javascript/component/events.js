/** The host's events as a handler sees them: the request's fields are at the top. */

class Event {
  constructor({ authorizer, stageVariables, userAgent, ...request }) {
    Object.assign(this, request, {
      userAgent: userAgent ?? undefined,
      authorizer: Object.fromEntries(authorizer),
      stageVariables: Object.fromEntries(stageVariables),
    });
  }
}

export class ConnectEvent extends Event {
  constructor({ request, headers, query }) {
    super(request);
    this.headers = headers;
    this.query = query;
  }

  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find(([key]) => key.toLowerCase() === wanted)?.[1];
  }

  queryParameter(name) {
    return this.query.find(([key]) => key === name)?.[1];
  }

  get subprotocols() {
    const headers = this.headers.filter(([key]) => key.toLowerCase() === "sec-websocket-protocol");
    const offered = headers.flatMap(([, value]) => value.split(","));
    return offered.map((subprotocol) => subprotocol.trim()).filter((subprotocol) => subprotocol !== "");
  }
}

export class MessageEvent extends Event {
  constructor({ request, messageId, body }) {
    super(request);
    this.messageId = messageId;
    this.body = body.val;
  }

  json() {
    return JSON.parse(typeof this.body === "string" ? this.body : new TextDecoder().decode(this.body));
  }
}

export class DisconnectEvent extends Event {
  constructor({ request, statusCode, reason }) {
    super(request);
    this.statusCode = statusCode;
    this.reason = reason;
  }
}
