// The sound of a call that comes in: two soft tones, again and again. Browsers that want a click before a page may make a
// noise stay silent; the card is there all the same.

import { useEffect } from 'react';

const EVERY_MS = 2_400;
const TONES_HZ = [660, 880] as const;
const TONE_S = 0.22;
const LOUDNESS = 0.08;

export function useRing(rings: boolean): void {
  useEffect(() => {
    if (!rings) return undefined;
    const context = new AudioContext();
    const play = (): void => {
      if (context.state !== 'running') return;
      TONES_HZ.forEach((frequency, index) => {
        const [tone, gain] = [context.createOscillator(), context.createGain()];
        const startS = context.currentTime + index * TONE_S;
        tone.frequency.value = frequency;
        gain.gain.setValueAtTime(0, startS);
        gain.gain.linearRampToValueAtTime(LOUDNESS, startS + 0.03);
        gain.gain.linearRampToValueAtTime(0, startS + TONE_S);
        tone.connect(gain).connect(context.destination);
        tone.start(startS);
        tone.stop(startS + TONE_S);
      });
    };
    play();
    const timer = setInterval(play, EVERY_MS);
    return () => {
      clearInterval(timer);
      void context.close();
    };
  }, [rings]);
}
