import type { ConnectEvent, DisconnectEvent, MessageEvent, Payload } from "./index.js";

/** Connections, groups and state in memory. */
export interface InMemoryServices {
  /** Opens a connection. */
  connect(connectionId: string): void;
  /** Closes a connection, as a client that vanishes. */
  disconnect(connectionId: string): void;
  /** What was sent to a connection, in order. */
  sent(connectionId: string): (string | Uint8Array)[];
}

/** Puts services in memory in the place of the host's, with these connections open. Call it in each test. */
export function open(connectionIds?: string[]): InMemoryServices;

/** The event of a client that asks to connect. */
export function connectEvent(
  connectionId: string,
  options?: { headers?: Record<string, string>; query?: Record<string, string> },
): ConnectEvent;

/** The event of a client that sends a message. */
export function messageEvent(connectionId: string, body: Payload, options?: { routeKey?: string }): MessageEvent;

/** The event of a client that is gone. */
export function disconnectEvent(connectionId: string, options?: { statusCode?: number; reason?: string }): DisconnectEvent;
