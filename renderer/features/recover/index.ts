// Coming back with recovery words.

export { RecoverPage } from './recover-page.tsx';
