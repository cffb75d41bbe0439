// From a file on disk to a published model.

export { StudioPage } from './studio-page.tsx';
