import * as groups from "./groups.js";
import * as state from "./state.js";

export { groups, state };

/** The content of a message: text, or bytes. */
export type Payload = string | Uint8Array | ArrayBuffer | ArrayBufferView;

/** What every event says about its connection, and about where it came from. */
export interface Event {
  /** The connection's id, e.g. `L0SM9cOFvHcCIhw=`. `send` takes it. */
  connectionId: string;
  /** API Gateway's id of this event. Clients see it in error frames. */
  requestId: string;
  /** The key of the selected route: `$connect`, `$default`, `$disconnect` or a custom one. */
  routeKey: string;
  /** The host name that the client connected to. */
  domainName: string;
  /** The deployment stage, e.g. `api`. */
  stage: string;
  /** The API's id. */
  apiId: string;
  /** When the connection was established, in ms since the Unix epoch. */
  connectedAt: number;
  /** The client's IP address. */
  sourceIp: string;
  /** The client's `User-Agent`, if it sent one. */
  userAgent: string | undefined;
  /** What the API's authorizer returned for this connection, by name. Values that are not strings are JSON. */
  authorizer: Record<string, string>;
  /** The stage's variables, by name. */
  stageVariables: Record<string, string>;
}

/** The headers of the client's request. Names are the same in upper and lower case. */
export interface Headers extends Iterable<[name: string, value: string]> {
  /** The value, or `null`. A header that was sent twice has both values, with a comma between them. */
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string): boolean;
}

/** A client asks to connect (`$connect`). The connection exists only after the handler has accepted it. */
export interface ConnectEvent extends Event {
  headers: Headers;
  /** The parameters of the query string, decoded. */
  query: URLSearchParams;
  /** The subprotocols that the client offers (`Sec-WebSocket-Protocol`), in its order of preference. */
  readonly subprotocols: string[];
}

/** A client sent a message (`$default` or a custom route key). */
export interface MessageEvent extends Event {
  /** API Gateway's id of this message. */
  messageId: string;
  /** The message. API Gateway accepts text from clients, and no binary messages. */
  body: string | Uint8Array;
  /** The message, read as JSON. Throws a `SyntaxError` if it is none. */
  json<T = any>(): T;
}

/** A connection is closed (`$disconnect`). API Gateway tries to deliver this event once, and does not promise it. */
export interface DisconnectEvent extends Event {
  /** The WebSocket close code (RFC 6455, 7.4), e.g. 1000, 1001, 1005. */
  statusCode: number;
  /** The reason in words. It may be empty. */
  reason: string;
}

/** What `accept` and `reject` return. */
export interface Answer {
  readonly tag: "accept" | "reject";
  readonly val: string | number | null;
}

/** Serves `$connect`: nothing or `true` accepts the client, `false` is `reject(403)`. */
export type OnConnect = (event: ConnectEvent) => ConnectAnswer | Promise<ConnectAnswer>;
type ConnectAnswer = Answer | boolean | void | null | undefined;

/**
 * Serves `$default` and custom route keys. What it returns is the route's response: API Gateway sends it to the client if
 * the route has a route response (a two-way route). To answer on any route, call `send`.
 */
export type OnMessage = (event: MessageEvent) => MessageAnswer | Promise<MessageAnswer>;
type MessageAnswer = Payload | void | null | undefined;

/** Serves `$disconnect`. */
export type OnDisconnect = (event: DisconnectEvent) => void | Promise<void>;

/** Accepts a client, with one of the subprotocols that it offered, or with none. `onConnect` returns it. */
export function accept(subprotocol?: string): Answer;

/** Refuses a client with an HTTP status from 300 to 599, by default 403. `onConnect` returns it. */
export function reject(status?: number): Answer;

/**
 * Sends a message to a connection.
 *
 * @throws {DisconnectedError} if the client has left
 * @throws {PayloadTooLargeError} above 128 KB
 * @throws {ThrottledError | ForbiddenError | FailedError}
 */
export function send(connectionId: string, message: Payload): void;

/**
 * Sends one message to many connections at the same time. Returns the errors of those that did not get it, by their ids.
 */
export function sendAll(connectionIds: Iterable<string>, message: Payload): Map<string, GobletError>;

/** Closes a connection. Its client sees close code 1000. Throws what `send` throws. */
export function close(connectionId: string): void;

/** What API Gateway knows of a connection. Times are in ms since the Unix epoch. */
export interface Connection {
  connectedAt: number;
  lastActiveAt: number;
  sourceIp: string;
  userAgent: string | undefined;
}

/** Returns what API Gateway knows of a connection. Throws what `send` throws. */
export function describe(connectionId: string): Connection;

/** Any of the errors below. */
export class GobletError extends Error {}

/** The connection is closed, or not established yet (HTTP 410). */
export class DisconnectedError extends GobletError {
  constructor(connectionId: string);
  readonly connectionId: string;
}

/** The payload is larger than 128 KB, 131,072 bytes (HTTP 413). */
export class PayloadTooLargeError extends GobletError {
  constructor();
}

/** There are too many calls, or the client reads too slowly (HTTP 429). The host has already tried again. */
export class ThrottledError extends GobletError {}

/** The host has no permission for this call. The message says which one. */
export class ForbiddenError extends GobletError {}

/** A name, a label, an id or a lifetime is not allowed. The message says why. */
export class InvalidError extends GobletError {}

/** Somebody else has changed the entry: read it again, and decide again. */
export class ConflictError extends GobletError {
  constructor();
}

/** The value is larger than 400,000 bytes. */
export class ValueTooLargeError extends GobletError {
  constructor();
}

/** Anything else. The message says what happened. */
export class FailedError extends GobletError {}
