// Contract paradigms: the gallery, each one explained and played with numbers, and the checker for one's own.

export { ParadigmsPage } from './paradigms-page.tsx';
