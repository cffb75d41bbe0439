// The API of the core: contract and view types.

export * from './board-views.ts';
export * from './call-views.ts';
export * from './camera-views.ts';
export * from './contract.ts';
export * from './council-views.ts';
export * from './machine-talk-views.ts';
export * from './message-views.ts';
export * from './name-views.ts';
export * from './network-views.ts';
export * from './paradigm-views.ts';
export * from './product-views.ts';
export * from './provider-views.ts';
export * from './views.ts';
export * from './watch-views.ts';
