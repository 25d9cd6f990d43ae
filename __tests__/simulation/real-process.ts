/**
 * The process on which events are emitted. Jest gives tests a copy of `process`, on which none ever is, and hides the
 * real one; but functions of the platform still come from where it is the global one.
 */
export const realProcess: NodeJS.Process = (queueMicrotask.constructor as FunctionConstructor)('return process')();
