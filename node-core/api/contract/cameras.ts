// What the cameras of machines see, and how a print looks to the parties of its order.

import { z } from 'zod';
import { AccountText } from '../base-views.ts';
import { CameraFrame, CameraSettings, CameraView, OrderPicture, TimelapseView } from '../camera-views.ts';
import { PrintWatchView } from '../watch-views.ts';
import { asAccount, base, binary, done } from './parts.ts';

/** With a password only where it was typed anew. */
const cameraInput = CameraSettings.extend({ id: AccountText, password: z.string().max(128).optional() });

export const camerasContract = {
  cameras: {
    get: base.input(z.object({ id: AccountText })).output(CameraView),
    save: base.input(cameraInput).output(done),
    /** Fetches one picture with what was typed; nothing is kept. */
    test: base
      .input(cameraInput)
      .output(z.object({ width: z.number(), height: z.number(), picture: binary })),
    /** The next picture behind the one of that number; answers within seconds, with or without one. */
    frame: base.input(z.object({ id: AccountText, after: z.int().min(0) })).output(CameraFrame),
    /** For the buyer of an order under way, where the owner of the machine allows it, on whichever console it is. */
    orderPicture: base.input(asAccount.extend({ orderId: AccountText })).output(OrderPicture),
    /** How the print of an order goes, for its parties. */
    watchOrder: base.input(asAccount.extend({ orderId: AccountText })).output(PrintWatchView),
    timelapse: base.input(z.object({ jobId: z.string().max(100) })).output(TimelapseView),
    timelapsePicture: base
      .input(z.object({ jobId: z.string().max(100), index: z.int().min(0).max(1000) }))
      .output(binary),
  },
};
