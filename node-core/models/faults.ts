// Why a model file is refused, in words for people who never saw a mesh.

import { defineFaults } from '../base/index.ts';

const EXPORT_AGAIN = 'Export the model again from your design program, and check the file opens there.';

export const modelFault = defineFaults('model', {
  'model.file.empty': { message: 'This file is empty.', next: 'Choose another file.' },
  'model.file.too-large': {
    message: 'This file is larger than {limitMb} MB.',
    next: 'Export the model with a coarser resolution.',
  },
  'model.format.unknown': {
    message: 'This file is not a 3D model that the console can read.',
    next: 'Export the model as STL, 3MF or OBJ.',
  },
  'model.format.step': {
    message: 'STEP and IGES files hold curved surfaces, which have to become a mesh before printing.',
    next: 'Open the file in your design program and export it as 3MF or STL.',
  },
  'model.file.truncated': {
    message: 'This file ends in the middle of the model.',
    next: 'Copy or download the file again.',
  },
  'model.stl.count': {
    message: 'The file says it holds {declared} triangles, but it has {present}.',
    next: EXPORT_AGAIN,
  },
  'model.syntax': { message: 'Line {line} of this file is not what the format allows.', next: EXPORT_AGAIN },
  'model.number.invalid': {
    message: 'The model has a coordinate that is not a number ({where}).',
    next: EXPORT_AGAIN,
  },
  'model.index.invalid': {
    message: 'A face refers to a corner that does not exist ({where}).',
    next: EXPORT_AGAIN,
  },
  'model.face.too-complex': {
    message: 'A face has more than {limit} corners.',
    next: 'Export the model again with its faces divided into triangles.',
  },
  'model.triangles.none': {
    message: 'There is no shape in this file.',
    next: 'Check that the part was visible and selected when it was exported.',
  },
  'model.triangles.too-many': {
    message: 'The model has more than {limit} triangles.',
    next: 'Export the model with a coarser resolution.',
  },
  'model.size.too-large': {
    message: 'The model reaches further than {limitMm} mm from its origin.',
    next: 'Check the unit: the file may be in micrometres, or far away from the origin.',
  },
  'model.volume.zero': {
    message: 'The model is flat: it encloses no volume.',
    next: 'Give the shape a thickness and export it again.',
  },
  'model.zip.damaged': {
    message: 'The 3MF package is damaged ({what}).',
    next: 'Copy or download the file again, or export it again.',
  },
  'model.zip.unsupported': {
    message: 'The 3MF package is protected or packed in a way that the console cannot read ({what}).',
    next: 'Export the model again without protection.',
  },
  'model.zip.bomb': {
    message: 'The 3MF package unpacks to far more data than a model needs.',
    next: 'Do not trust this file; get the model from its author.',
  },
  'model.3mf.malformed': {
    message: 'The 3MF package does not hold a valid model ({what}).',
    next: EXPORT_AGAIN,
  },
  'model.3mf.extension': {
    message: 'The model needs a 3MF extension that the console does not know ({extension}).',
    next: 'Export the model as a plain mesh (3MF core or STL).',
  },
  'model.cancelled': {
    message: 'Reading the model was cancelled.',
    next: 'Open the file again when you like.',
  },
  'model.memory': {
    message: 'This computer has not enough free memory for a model of this size.',
    next: 'Close other programs, or export the model with a coarser resolution.',
  },
  'model.preview.malformed': {
    message: 'The preview of this model is damaged.',
    next: 'Load it again, or ask the designer to publish it again.',
  },
});
