import { defineFaults } from '../../base/index.ts';

export const printhostFault = defineFaults('printhost', {
  'printhost.address': {
    message: 'This is not the address of a printer in the network: {reason}.',
    next: 'Write it as the browser does, for instance http://192.168.1.50 or http://printer.local:7125.',
  },
  'printhost.unreachable': {
    message: 'Nothing answers at {host}: {reason}.',
    next: 'Check that the printer is switched on, that the address is right, and that this computer is in the same network.',
  },
  'printhost.timeout': {
    message: 'The printer at {host} took too long to answer.',
    next: 'Check the network and whether the printer is busy, then try again.',
  },
  'printhost.too-large': {
    message: 'The answer of {host} is larger than any printer sends.',
    next: 'Check that the address belongs to the printer and not to another device.',
  },
  'printhost.redirect': {
    message: 'The printer at {host} sends callers on to another address, which the console does not follow.',
    next: 'Open the address in a browser, see where it leads, and enter that address if it is your printer.',
  },
  'printhost.key.refused': {
    message: 'The printer does not accept this key.',
    next: 'Copy the key from the settings of the printer once more and save it with the printer.',
  },
  'printhost.wrong-kind': {
    message: 'What answers at this address is not {kind}.',
    next: 'Check the address and the kind of connection; Moonraker listens on port 7125, OctoPrint often on 80 or 5000.',
  },
  'printhost.unreadable': {
    message: 'The printer answered something that makes no sense.',
    next: 'Check that its software is up to date and that nothing between changes its answers, then try again.',
  },
  'printhost.refused': {
    message: 'The printer refused this: {reason}',
    next: 'Look at the printer or at its own page, then try again.',
  },
  'printhost.lacks': {
    message: 'The set-up of this printer lacks {what}, without which it cannot be driven.',
    next: 'Add it to the configuration of the printer, restart it, and connect again.',
  },
  'printhost.down': {
    message: 'The printer is not ready: {reason}',
    next: 'Remove the cause, restart the printer on its own page, and connect again.',
  },
  'printhost.occupied': {
    message: 'The printer is at work on {file}, which was started elsewhere.',
    next: 'Wait until it is done, or cancel it first.',
  },
  'printhost.upload': {
    message: 'The print file did not reach the printer whole.',
    next: 'Check the network and the free space of the printer, then start again.',
  },
  'printhost.name-taken': {
    message: 'The printer already has a file with the name that this print was given.',
    next: 'Start again; the print gets another name.',
  },
  'printhost.not-started': {
    message: 'The printer did not begin the print.',
    next: 'Look at the printer. The print file was removed from it, so it cannot begin late; start again.',
  },
  'printhost.interrupted': {
    message: 'The connection to the printer is interrupted. It goes on by itself.',
    next: 'Nothing is lost yet: the console tries to reach it again. Look at the printer if this lasts.',
  },
  'printhost.lost': {
    message: 'The printer could not be reached for {minutes} minutes. It may still be printing.',
    next: 'Look at the printer and end the print there if it runs. Then connect again.',
  },
  'printhost.end-unseen': {
    message: 'The print ended while the printer could not be reached, so nobody saw how.',
    next: 'Look at the part on the bed. If it is not whole, print this copy again.',
  },
  'printhost.ended-elsewhere': {
    message: 'The print was ended at the printer or by another program.',
    next: 'Clear the bed. The copy can be printed again.',
  },
  'printhost.print-failed': {
    message: 'The printer gave the print up: {reason}',
    next: 'Remove the cause and clear the bed. The copy can be printed again.',
  },
  'printhost.left-running': {
    message: 'The printer was still at work on a print that the console had lost. It was cancelled.',
    next: 'Clear the bed. The copy can be printed again.',
  },
  'printhost.file-left': {
    message: 'The print file could not be removed from the printer and still lies there as {file}.',
    next: 'Delete it on the page of the printer if nobody else may have it.',
  },
  'printhost.no-commands': {
    message: 'This printer takes no single commands over the network.',
    next: 'Use the buttons of the console or the screen of the printer.',
  },
  'printhost.no-pause': {
    message: 'This printer is not set up to pause.',
    next: 'Add [pause_resume] to its configuration, or take M0 and M1 out of the print file.',
  },
  'printhost.developer-mode': {
    message: 'The printer takes orders of its maker’s own programs alone.',
    next: 'Switch on LAN-only mode and developer mode in the network settings of the printer, then connect again.',
  },
  'printhost.serial-wrong': {
    message: 'What answers at {host} is not the printer with this serial number; it names itself {serial}.',
    next: 'Compare the serial number with the one on the screen of the printer, and check the address.',
  },
  'printhost.certificate-changed': {
    message:
      'The printer at {host} shows another certificate than before, so the access code was not sent to it.',
    next: 'If you reset the printer or updated it, enter its access code again; otherwise find out who answers there.',
  },
  'printhost.no-emergency-stop': {
    message: 'This printer has no emergency stop over the network; its print was cancelled instead.',
    next: 'Use its own switch if it must stop at once.',
  },
  'printhost.stop-failed': {
    message: 'The emergency stop did not reach the printer.',
    next: 'Switch the printer off at the mains now.',
  },
  'printhost.still-hot': {
    message: 'The heaters of the printer are still on, and they cannot be switched off over the network.',
    next: 'Switch them off at the printer now.',
  },
});
