// Parts that know nothing of the core: they show what they are given.

export { Card, CardLink, CardList, CardSkeletons } from './cards.tsx';
export { ConfirmDialog, type ConfirmDialogProps, HoldButton } from './confirm-dialog.tsx';
export { FaultNotice, faultText } from './fault.tsx';
export { FieldInput } from './field-input.tsx';
export {
  amountText,
  formFields,
  initialOf,
  initialValues,
  keyOf,
  localeOf,
  triedFields,
  withAddresses,
} from './field-values.ts';
export { FormDialog, type FormDialogProps } from './form-dialog.tsx';
export {
  formatAmount,
  formatBytes,
  formatDuration,
  formatMass,
  formatMillimetres,
  formatVolume,
  parseAmount,
  shorten,
} from './format.ts';
export { addressWords } from './identicon.ts';
export {
  BackLink,
  EmptyState,
  PageDetailContext,
  PageHeader,
  StatTile,
  Thumbnail,
  useBlobUrl,
  usePageDetail,
} from './layout.tsx';
export { OpeningCosts } from './opening-costs.tsx';
export { Hash, Identicon, PartyChip, useCopy } from './party.tsx';
export { CancelTaskContext, phaseText, TaskProgress } from './task-progress.tsx';
export { parseTimeOfDay, timeOfDayText } from './time-of-day.ts';
export { TruthBadge } from './truth.tsx';
export { Duration, Mass, Money, TimeText } from './values.tsx';
