import { defineFaults } from '../base/index.ts';

export const jobFault = defineFaults('job', {
  'job.unknown': {
    message: 'This print job is not in the queue.',
    next: 'Open the queue again; the job may have been removed.',
  },
  'job.machine.fixed': {
    message: 'This job may not be made on that machine.',
    next: 'Choose one of the machines that it was queued for; the copies of an order stay where they are licensed.',
  },
  'job.exists': {
    message: 'The copies of this order are in the queue already.',
    next: 'Look for the order in the queue of the machine.',
  },
  'job.copies.invalid': {
    message: 'A print job needs between 1 and {limit} copies.',
    next: 'Correct the quantity of the order.',
  },
  'job.gather.other': {
    message:
      'These orders have no waiting copies of the same part, in the same material, on the same machine.',
    next: 'Look at the queue again; some of them may have been printed or moved.',
  },
  'job.priority.invalid': {
    message: 'A job can be preferred or put off by at most {limit} steps.',
    next: 'Choose a step in between.',
  },
  'job.command.expired': {
    message: 'This command came too late and was not carried out.',
    next: 'Look at the machine, then give the command again if you still want it.',
  },
  'job.bed.not-clear': {
    message: 'Nobody has confirmed that the bed is clear.',
    next: 'Take the last part off, look at the bed, and confirm that it is clear.',
  },
  'job.machine.busy': {
    message: 'The machine is printing another job.',
    next: 'Wait until it is done; the next job then asks for a clear bed.',
  },
  'job.not-next': {
    message: 'Another job is before this one in the queue of the machine.',
    next: 'Start that one first, or move this job to the front.',
  },
  'job.state.wrong': {
    message: 'This cannot be done with a job that is {state}.',
    next: 'Look at the job again; its state has changed.',
  },
  'job.resume.not-this': {
    message: 'This print did not end in a way that can be gone on with.',
    next: 'Clear the bed, then print this copy again.',
  },
  'job.resume.bed-used': {
    message: 'The bed was cleared or used since this print was cut off.',
    next: 'Print this copy again.',
  },
  'job.interrupted': {
    message: 'The console stopped while this job was printing.',
    next: 'Look at the machine, clear the bed, then print this copy again.',
  },
  'job.interrupted.at': {
    message:
      'The console stopped while this job was printing: behind line {line}, in layer {layer} of {layersTotal}, {heightMm} mm high.',
    next: 'The printer was made safe and its position is not certain any more, so it does not go on by itself. Take the part off and print this copy again, or have it gone on with on the page of the printer.',
  },
  'job.telemetry.malformed': {
    message: 'The print record is damaged at entry {index}: {reason}.',
    next: 'Ask the owner of the machine for the original record.',
  },
  'job.telemetry.signature': {
    message: 'The print record was not signed by this machine.',
    next: 'Ask the owner of the machine for the original record.',
  },
});
