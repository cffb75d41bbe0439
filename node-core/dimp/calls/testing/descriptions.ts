// Session descriptions for tests, of the shape that browsers write.

/** A description whose certificate follows from `name`. */
export function offerWith(name: string): string {
  const byte = (index: number) => ((name.charCodeAt(index % name.length) * (index + 7)) % 256).toString(16);
  const print = Array.from({ length: 32 }, (_, index) => byte(index).padStart(2, '0').toUpperCase()).join(
    ':',
  );
  const section = (media: string, mid: number) => [
    media,
    'c=IN IP4 192.0.2.9',
    'a=rtcp:9 IN IP4 192.0.2.9',
    'a=candidate:1 1 udp 2122260223 192.0.2.9 50000 typ host generation 0',
    'a=ice-ufrag:abcd',
    'a=ice-pwd:abcdefghijklmnopqrstuvwx',
    `a=fingerprint:sha-256 ${print}`,
    'a=setup:actpass',
    `a=mid:${mid}`,
  ];
  return [
    'v=0',
    'o=mozilla 4611731400430051336 2 IN IP4 192.0.2.9',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0 1 2',
    ...section('m=audio 9 UDP/TLS/RTP/SAVPF 111 63', 0),
    'a=rtpmap:111 opus/48000/2',
    ...section('m=video 9 UDP/TLS/RTP/SAVPF 96', 1),
    ...section('m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 2),
    '',
  ].join('\r\n');
}
