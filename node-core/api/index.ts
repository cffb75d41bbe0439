// The API of the core: contract and view types.

export * from './account-views.ts';
export * from './base-views.ts';
export * from './board-views.ts';
export * from './call-views.ts';
export * from './camera-views.ts';
export * from './console-views.ts';
export { CHUNK_SIZE_BYTES_MAX, MODEL_SIZE_BYTES_MAX } from './contract/designs.ts';
export * from './contract.ts';
export * from './council-views.ts';
export * from './guard-views.ts';
export * from './job-views.ts';
export * from './machine-talk-views.ts';
export * from './machine-views.ts';
export * from './message-views.ts';
export * from './model-views.ts';
export * from './name-views.ts';
export * from './network-views.ts';
export * from './order-views.ts';
export * from './paradigm-views.ts';
export * from './product-views.ts';
export * from './provider-views.ts';
export * from './quote-views.ts';
export * from './shop-views.ts';
export * from './watch-views.ts';
