// The first-run question. Never a seed phrase, never a form.

export { WelcomePage } from './welcome-page.tsx';
