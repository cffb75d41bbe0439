// ABCI 2.0: the wire between CometBFT v0.38 and the chain application. Pure; the socket is host/adapters/abci-socket.ts.

export * from './connection.ts';
export * from './faults.ts';
export * from './frames.ts';
export * from './genesis-document.ts';
export * from './handler.ts';
export * from './messages.ts';
