// #/paradigms: the gallery. #/paradigms/<id>: one paradigm. #/paradigms/check: a document of one's own.
// #/paradigms/agreements(/<address>): contracts without a quote. #/paradigms/council: who publishes, and why.

import { useRoute } from '../../bridge/index.ts';
import { AgreementPage } from './agreement-page.tsx';
import { AgreementList } from './agreements.tsx';
import { CheckPage } from './check-page.tsx';
import { CouncilPage } from './council-page.tsx';
import { ParadigmGallery } from './gallery.tsx';
import { ParadigmPage } from './paradigm-page.tsx';

export function ParadigmsPage() {
  const { segments } = useRoute();
  const [, second, third] = segments;
  if (second === undefined) return <ParadigmGallery />;
  if (second === 'check') return <CheckPage />;
  if (second === 'council') return <CouncilPage />;
  if (second === 'agreements')
    return third === undefined ? <AgreementList /> : <AgreementPage key={third} id={third} />;
  return <ParadigmPage key={second} id={second} />;
}
