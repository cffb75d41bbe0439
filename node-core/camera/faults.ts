import { defineFaults } from '../base/index.ts';

export const cameraFault = defineFaults('camera', {
  'camera.address': {
    message: 'The address of the camera cannot be used: {reason}.',
    next: 'Enter the address of its picture or stream, such as http://192.168.1.20:8080/?action=stream.',
  },
  'camera.not-local': {
    message: 'The camera at {host} is not on the local network.',
    next: 'Enter the address that the camera has in your own network.',
  },
  'camera.unreachable': {
    message: 'The camera at {host} cannot be reached: {reason}.',
    next: 'Check that it is switched on and that its address is right.',
  },
  'camera.timeout': {
    message: 'The camera at {host} does not answer.',
    next: 'Check that it is switched on and that its address is right.',
  },
  'camera.stalled': {
    message: 'The camera at {host} sends no pictures any more.',
    next: 'The console tries again by itself. If it stays so, restart the camera.',
  },
  'camera.ended': {
    message: 'The camera at {host} ended its stream.',
    next: 'The console tries again by itself. If it stays so, restart the camera.',
  },
  'camera.refused': {
    message: 'The camera at {host} does not let the console in (answer {status}).',
    next: 'Check its user and password, and whether the address is that of the picture.',
  },
  'camera.redirect': {
    message: 'The camera at {host} sends the console to another place.',
    next: 'Enter the address that it sends to, if it is the camera’s own.',
  },
  'camera.no-pictures': {
    message: 'What is at {host} does not send JPEG pictures.',
    next: 'Enter the address of the picture or the Motion-JPEG stream itself, not that of the camera’s page.',
  },
  'camera.picture.too-large': {
    message: 'The camera at {host} sends pictures larger than {limit} MB.',
    next: 'Set a smaller picture in the camera; 1280 × 720 shows all there is to see.',
  },
  'camera.none': {
    message: 'This printer has no camera.',
    next: 'Enter the address of one in the settings of the printer.',
  },
  'camera.not-allowed': {
    message: 'The owner of the printer does not show its camera.',
    next: 'Ask the owner for a picture in a message.',
  },
  'camera.not-yet': {
    message: 'No picture of this print has arrived yet.',
    next: 'It comes by itself while the printer prints, if its owner shows pictures.',
  },
  'camera.password.unreadable': {
    message: 'The password of this camera cannot be read any more.',
    next: 'Enter it again in the settings of the printer.',
  },
  'camera.timelapse.none': {
    message: 'There is no timelapse of this print.',
    next: 'Switch it on in the settings of the printer, with a camera, before the next print.',
  },
});
