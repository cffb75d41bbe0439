// #/studio: drop zone, drafts, published models. #/studio/<draft>: one draft until it is published.
// #/studio/upload/<n>: a file that is still on its way from this page.

import { useRoute } from '../../bridge/index.ts';
import { FilePage } from './file-page.tsx';
import { StudioHome } from './studio-home.tsx';
import { useUploads } from './uploads.ts';

export function StudioPage() {
  const { segments } = useRoute();
  const [, first, second] = segments;
  const upload = useUploads((state) =>
    state.uploads.find(({ id, draftId }) => (first === 'upload' ? id === Number(second) : draftId === first)),
  );
  if (first === undefined) return <StudioHome />;
  const draftId = first === 'upload' ? upload?.draftId : first;
  // The same key while an upload becomes a draft: the page stays as it is.
  return <FilePage key={upload?.id ?? draftId ?? ''} upload={upload} draftId={draftId} />;
}
