// Microphone, camera and loudspeaker of this machine. Asked for by a click alone, and let go of when a call ends.

export type MediaRefusal = 'denied' | 'none' | 'taken';
export type Opened = { readonly stream: MediaStream } | { readonly refusal: MediaRefusal };

const SOUND: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};
const PICTURE: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 } };

/** The microphone, and the camera where it is wanted and there is one. */
export async function openMedia(video: boolean): Promise<Opened> {
  const sound = await ask({ audio: SOUND });
  if (!('stream' in sound) || !video) return sound;
  // A call with pictures is a call without a camera too; who has none is still seen to have called.
  const picture = await ask({ video: PICTURE });
  if ('stream' in picture) for (const track of picture.stream.getTracks()) sound.stream.addTrack(track);
  return sound;
}

/** One device, or the one that the browser prefers. */
export async function openTrack(
  kind: 'audio' | 'video',
  deviceId?: string,
): Promise<MediaStreamTrack | MediaRefusal> {
  const wanted = {
    ...(kind === 'audio' ? SOUND : PICTURE),
    ...(deviceId === undefined ? {} : { deviceId: { exact: deviceId } }),
  };
  const opened = await ask(kind === 'audio' ? { audio: wanted } : { video: wanted });
  if ('refusal' in opened) return opened.refusal;
  return opened.stream.getTracks()[0] ?? 'none';
}

async function ask(constraints: MediaStreamConstraints): Promise<Opened> {
  // Absent where a page does not come over a safe connection.
  const devices: MediaDevices | undefined = navigator.mediaDevices;
  if (devices === undefined) return { refusal: 'none' };
  try {
    return { stream: await devices.getUserMedia(constraints) };
  } catch (error) {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NotAllowedError' || name === 'SecurityError') return { refusal: 'denied' };
    return { refusal: name === 'NotReadableError' || name === 'AbortError' ? 'taken' : 'none' };
  }
}

export type DeviceChoice = { readonly id: string; readonly label: string };
export type DeviceKind = 'audioinput' | 'videoinput' | 'audiooutput';

/** What can be chosen; names are known once a device was allowed. */
export async function listMedia(): Promise<Readonly<Record<DeviceKind, readonly DeviceChoice[]>>> {
  const all = await navigator.mediaDevices.enumerateDevices();
  const of = (kind: DeviceKind): DeviceChoice[] =>
    all
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map(({ deviceId, label }) => ({ id: deviceId, label: label === '' ? deviceId.slice(0, 8) : label }));
  return { audioinput: of('audioinput'), videoinput: of('videoinput'), audiooutput: of('audiooutput') };
}
