// Language, appearance, and what this console is.

export { SettingsPage } from './settings-page.tsx';
