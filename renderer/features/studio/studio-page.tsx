// #/studio: drop zone, drafts, published models. #/studio/<draft>: one draft until it is published.
// #/studio/upload/<n>: a file that is still on its way from this page.

import { useRoute } from '../../bridge/index.ts';
import { DraftPage } from './draft-page.tsx';
import { StudioHome } from './studio-home.tsx';
import { UploadPage } from './upload-page.tsx';

export function StudioPage() {
  const { segments } = useRoute();
  const [, first, second] = segments;
  if (first === undefined) return <StudioHome />;
  if (first === 'upload') return <UploadPage uploadId={Number(second)} />;
  return <DraftPage key={first} draftId={first} />;
}
