// Encrypted, content-addressed files.

export * from './content.ts';
