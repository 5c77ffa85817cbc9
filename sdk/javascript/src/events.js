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

/** The headers of a request, as `Headers` of the web has them. */
class Headers {
  #pairs;

  constructor(pairs) {
    this.#pairs = pairs;
  }

  getAll(name) {
    const wanted = String(name).toLowerCase();
    return this.#pairs.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
  }

  get(name) {
    return this.has(name) ? this.getAll(name).join(", ") : null;
  }

  has(name) {
    return this.getAll(name).length > 0;
  }

  [Symbol.iterator]() {
    return this.#pairs.values();
  }

  toJSON() {
    return Object.fromEntries(this.#pairs);
  }

  [Symbol.for("nodejs.util.inspect.custom")](_depth, options, inspect) {
    return `Headers ${inspect(this.toJSON(), options)}`;
  }
}

export class ConnectEvent extends Event {
  constructor({ request, headers, query }) {
    super(request);
    this.headers = new Headers(headers);
    this.query = new URLSearchParams(query);
  }

  get subprotocols() {
    const offered = this.headers.getAll("Sec-WebSocket-Protocol").flatMap((value) => value.split(","));
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
