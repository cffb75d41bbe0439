import { defineFaults } from '../base/index.ts';

export const deviceFault = defineFaults('device', {
  'device.busy': {
    message: 'The printer cannot do this while it is {state}.',
    next: 'Wait until it is done, or cancel the print first.',
  },
  'device.not-connected': {
    message: 'The printer is not connected.',
    next: 'Connect the printer, then try again.',
  },
  'device.no-answer': {
    message: 'The printer does not answer.',
    next: 'Check that it is switched on, that the cable is in, and that the right port and speed are chosen.',
  },
  'device.wrong-speed': {
    message: 'Something answers at this port, but not at this speed.',
    next: 'Choose another speed: most printers talk at 115 200, some at 250 000 baud.',
  },
  'device.is-grbl': {
    message: 'At this port there is a mill or a laser with GRBL, not a printer.',
    next: 'Add it as a mill or a laser.',
  },
  'device.no-printer': {
    message: 'What is at this port talks, but not as a printer does.',
    next: 'Choose another port, and look at what is plugged into this one.',
  },
  'device.link.lost': {
    message: 'The connection to the printer was lost.',
    next: 'Check the cable and look at the printer: its heaters may still be on. Then connect again.',
  },
  'device.port.unavailable': {
    message: 'The port {port} cannot be opened: {reason}.',
    next: 'Check that the printer is plugged in and that no other program uses it.',
  },
  'device.port.forbidden': {
    message: 'This account is not allowed to use the port {port}.',
    next: 'On Linux, add your account to the group "dialout" and log in again.',
  },
  'device.port.locked': {
    message: 'Another program is using the port {port}.',
    next: 'Close the other program, then connect again.',
  },
  'device.port.windows': {
    message: 'Machines at a USB cable cannot be driven from Windows yet.',
    next: 'Reach the printer over the network (Klipper, OctoPrint, PrusaLink, Bambu), or run the console on Linux or macOS.',
  },
  'device.reset': {
    message: 'The printer restarted in the middle of its work, so its position is lost.',
    next: 'Clear the bed, check cable and power supply, then print this copy again.',
  },
  'device.halted': {
    message: 'The printer stopped itself: {reason}',
    next: 'Look at the printer, remove the cause, then switch it off and on again.',
  },
  'device.emergency-stop': {
    message: 'The printer was stopped by the emergency stop.',
    next: 'Look at the printer, then switch it off and on again before the next print.',
  },
  'device.resend-loop': {
    message: 'The printer asked for the same line {times} times.',
    next: 'Check the USB cable and keep it away from motors and mains; then print this copy again.',
  },
  'device.thermal.slow': {
    message:
      'The {heater} heats too slowly: from {fromC} °C to {celsius} °C in {seconds} s, on the way to {targetC} °C.',
    next: 'The heaters are off. Check the heater, its cable and the power supply before the next print.',
  },
  'device.thermal.drift': {
    message: 'The {heater} lost its heat: {celsius} °C instead of {targetC} °C, for {seconds} s.',
    next: 'The heaters are off. Check the heater, its cable and that no fan blows at it.',
  },
  'device.thermal.runaway': {
    message: 'The {heater} heats on by itself: {celsius} °C where {targetC} °C was asked for.',
    next: 'Switch the printer off at the mains now and do not leave it alone. It needs repair before the next print.',
  },
  'device.thermal.too-hot': {
    message: 'The {heater} is at {celsius} °C, above the {limitC} °C that this machine may reach.',
    next: 'Switch the printer off at the mains now. Check its sensor and its limits before the next print.',
  },
  'device.thermal.sensor': {
    message: 'The temperature sensor of the {heater} cannot be trusted: {reason}.',
    next: 'The heaters are off. Check the sensor and its plug before the next print.',
  },
  'device.still-hot': {
    message: 'The printer did not switch its heaters off, so it got the emergency stop.',
    next: 'Look at the printer, then switch it off at the mains and on again.',
  },
  'device.not-extruding': {
    message: 'The printer refused to extrude: {reason}',
    next: 'Check the temperatures in the slicer profile and the filament, then print this copy again.',
  },
  'device.cancelled': {
    message: 'The print was cancelled.',
    next: 'Clear the bed before the next print.',
  },
  'device.aborted': {
    message: 'The connection attempt was stopped.',
    next: 'Connect again when you are ready.',
  },
  'device.drain-timeout': {
    message: 'The printer did not come to rest in time.',
    next: 'Look at the printer; use the emergency stop if it does something unexpected.',
  },
  'device.command.refused': {
    message: 'This command cannot be sent: {reason}.',
    next: 'Change the command and try again.',
  },
  'device.temperature.too-high': {
    message:
      'Line {line} asks for {celsius} °C, more than the {limit} °C this machine may heat its {heater} to.',
    next: 'Slice the model again with a profile for this machine, or raise the limit of the machine if it can take it.',
  },
  'device.job.empty': {
    message: 'There is nothing to print in this file.',
    next: 'Slice the model again.',
  },
  'device.job.too-large': {
    message: 'This file has more than {limit} bytes.',
    next: 'Slice the model with a lower resolution.',
  },
  'device.job.line-too-long': {
    message: 'Line {line} is too long for the printer ({bytes} bytes, at most {limit}).',
    next: 'Shorten this line in the start, end or layer code of the slicer profile.',
  },
  'device.job.line-unreadable': {
    message: 'Line {line} holds characters that printers cannot read.',
    next: 'Remove them from the start, end or layer code of the slicer profile.',
  },
  'device.job.forbidden': {
    message: 'Line {line} holds {command}, which a print job must not send: {reason}.',
    next: 'Remove it from the start, end or layer code of the slicer profile.',
  },
  'device.job.altered': {
    message: 'This print file is not the one that was agreed on.',
    next: 'Slice the model again, or ask for a new quote.',
  },
  'device.stream.refused': {
    message: 'The protected print file was stopped: {reason}',
    next: 'The heaters are off. Clear the bed, and ask for the file again.',
  },
  'device.stream.waiting': {
    message: 'The printer waits for the next part of the protected print file.',
    next: 'Check the connection; it goes on by itself.',
  },
  'device.stream.lost': {
    message: 'The next part of the protected print file did not come for a quarter of an hour.',
    next: 'The heaters are off. Check the connection, clear the bed, then print this copy again.',
  },
  'device.stream.unsupported': {
    message: 'This printer takes whole files only, so a protected file cannot be streamed to it.',
    next: 'Use a printer that is connected by USB.',
  },
  'device.resume.too-early': {
    message: 'Too little of this print is on the bed to go on with it.',
    next: 'Clear the bed, then print this copy again.',
  },
  'device.resume.unsafe': {
    message: 'It would not be safe to go on with this print: {reason}.',
    next: 'Clear the bed, then print this copy again.',
  },
  'device.resume.height': {
    message: 'The nozzle cannot stand there: the part is {heightMm} mm high.',
    next: 'Measure how high the nozzle stands above the bed, and enter that.',
  },
  'device.resume.cold': {
    message: 'The bed has cooled to {bedC} °C; below {releaseC} °C such a part comes loose.',
    next: 'Clear the bed, then print this copy again.',
  },
  'device.resume.unsupported': {
    message: 'The console cannot go on with a print on this kind of printer.',
    next: 'Use the recovery of the printer itself where it has one, or print this copy again.',
  },
  'device.unknown': {
    message: 'This machine is not open.',
    next: 'Connect the machine, then try again.',
  },
  'device.not-virtual': {
    message: 'Only a virtual printer can do this.',
    next: 'Choose a virtual printer.',
  },
  'device.left.parked': {
    message:
      'The console ended while this printer was at work. Its heaters were switched off and it was put aside ({time}).',
    next: 'Look at the printer and clear the bed. The copy can be printed again.',
  },
  'device.left.off': {
    message:
      'The console ended while this printer was at work. Its heaters were switched off; it stands where it stood ({time}).',
    next: 'Look at the printer: the nozzle may touch the part. Clear the bed, then the copy can be printed again.',
  },
  'device.left.tool-off': {
    message:
      'The console ended while this machine was at work. It was reset: its tool is off, and it stands where it stood ({time}).',
    next: 'Look at the machine and the workpiece, and move the tool clear. Then connect it again and home it.',
  },
  'device.left.stopped': {
    message:
      'The console ended while this printer was at work. It did not follow, so it got the emergency stop ({time}).',
    next: 'Look at the printer, then switch it off and on again.',
  },
  'device.left.silent': {
    message:
      'The console ended while this printer was at work, and the printer did not answer afterwards ({time}).',
    next: 'Look at the printer now: its heaters may still be on. Switch it off and on again.',
  },
  'device.left.unreached': {
    message:
      'The console ended while this printer was at work, and its port could not be opened afterwards: {reason}',
    next: 'Look at the printer now: its heaters may still be on. Check the cable, then connect it again.',
  },
  'device.worker.died': {
    message: 'The part of the console that drives the printer stopped unexpectedly.',
    next: 'Look at the printer: the console tried to switch its heaters off. Then connect again.',
  },
});
