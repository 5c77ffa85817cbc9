/** What is wrong with the handler, and not with the build. */
export class HandlerError extends Error {}
