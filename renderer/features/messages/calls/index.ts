// Calls in the pages: the layer above them, the buttons, the settings, and how a call reads in a chat.

export { CallButtons } from './call-buttons.tsx';
export { CallLayer } from './call-layer.tsx';
export { CallLine } from './call-line.tsx';
export { CallSettingsDialog } from './call-settings.tsx';
export { callText } from './call-text.ts';
