// #/paradigms: the gallery. #/paradigms/check: a document of one's own. #/paradigms/<id>: one paradigm.

import { useRoute } from '../../bridge/index.ts';
import { CheckPage } from './check-page.tsx';
import { ParadigmGallery } from './gallery.tsx';
import { ParadigmPage } from './paradigm-page.tsx';

export function ParadigmsPage() {
  const { segments } = useRoute();
  const second = segments[1];
  if (second === undefined) return <ParadigmGallery />;
  return second === 'check' ? <CheckPage /> : <ParadigmPage key={second} id={second} />;
}
