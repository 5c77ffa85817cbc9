import { DisconnectedError, send } from "goblet";
import type { MessageEvent } from "goblet";

export function onMessage(event: MessageEvent): void {
  try {
    send(event.connectionId, event.body);
  } catch (error) {
    // A client that has left needs no answer.
    if (!(error instanceof DisconnectedError)) {
      throw error;
    }
  }
}
