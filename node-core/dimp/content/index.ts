// What messages say: contents and commands.

export * from './catalogue.ts';
export * from './content.ts';
export { readContent, writeContent } from './wire.ts';
