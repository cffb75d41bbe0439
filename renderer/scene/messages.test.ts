import { describe, expect, it } from 'vitest';
import { TOOLPATH_FEATURES } from '../../node-core/models/index.ts';
import en from './messages.en.json' with { type: 'json' };
import zh from './messages.zh-Hans.json' with { type: 'json' };

describe('messages of the 3D views', () => {
  it('are complete in both languages, and name every feature that can be drawn', () => {
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const feature of TOOLPATH_FEATURES.filter((name) => name !== 'travel')) {
      expect(Object.keys(en)).toContain(`scene.feature.${feature}`);
    }
  });
});
