import { defineFaults } from '../../base/index.ts';

export const callFault = defineFaults('call', {
  'call.person': {
    message: 'Only people can be called, one at a time.',
    next: 'Open the chat with the person whom you want to call.',
  },
  'call.busy': {
    message: 'This account is in a call already.',
    next: 'End that call first.',
  },
  'call.over': {
    message: 'This call is over.',
    next: 'Call again if you still want to talk.',
  },
  'call.away': {
    message: 'Your station cannot be reached, so nobody can be called.',
    next: 'Wait until the station is connected again, or choose another one.',
  },
  'call.unknown': {
    message: 'The keys of this contact are not known yet, so they cannot be called.',
    next: 'The station is being asked for them. Call again in a moment, or let them write to you first.',
  },
  'call.relay': {
    message: 'Calls may only go through a relay, and no relay is set.',
    next: 'Add a TURN server in the settings of calls, or allow all addresses.',
  },
  'call.page': {
    message: 'This window has lost its connection to the console.',
    next: 'Load the page again and call once more.',
  },
  'call.media': {
    message: 'The browser wrote a description of the call that cannot be sent.',
    next: 'Use a current browser, then call again.',
  },
});
