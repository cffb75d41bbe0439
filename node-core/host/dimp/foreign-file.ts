// Files of other programs, which lie at whatever address their sender named. Fetched only when its owner said so, only
// from the open internet, never from this computer or its neighbours: the sender must not choose what is asked of those.

import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { Bytes, Result } from '../../base/index.ts';
import { refuse } from '../../base/index.ts';
import type { FilePlace } from '../../dimp/files/index.ts';
import { FILE_BYTES_MAX, fileFault, readFileAddress } from '../../dimp/files/index.ts';
import { openFile } from '../../dimp/index.ts';
import { chatFault } from './chat-faults.ts';
import { askHttp } from './station-carrier.ts';

const CIPHER_BLOCK_BYTES = 16;

/** RFC 6890: this host, private, shared, link-local, documentation, benchmarks, multicast, reserved. */
const CLOSED = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const)
  CLOSED.addSubnet(net, bits, 'ipv4');

/** Of IPv6 only what is handed out to the internet, without the parts that stand for IPv4 addresses or tunnels. */
const OPEN_6 = new BlockList();
OPEN_6.addSubnet('2000::', 3, 'ipv6');
const CLOSED_6 = new BlockList();
CLOSED_6.addSubnet('2001::', 23, 'ipv6');
CLOSED_6.addSubnet('2001:db8::', 32, 'ipv6');
CLOSED_6.addSubnet('2002::', 16, 'ipv6');

/** Whether a numeric address is of the open internet. */
export function isOpenAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !CLOSED.check(address, 'ipv4');
  return family === 6 && OPEN_6.check(address, 'ipv6') && !CLOSED_6.check(address, 'ipv6');
}

/** The file, decrypted with what its message says. */
export async function fetchForeign(
  place: Extract<FilePlace, { at: 'address' }>,
  signal: AbortSignal,
): Promise<Result<Bytes>> {
  const address = readFileAddress(place.url);
  if (address === undefined) return refuse(fileFault('transfer.malformed'));
  const found = isIP(address.host) !== 0 ? address.host : await numericAddress(address.host);
  if (found === undefined) return refuse(fileFault('transfer.away', { reason: address.host }));
  if (!isOpenAddress(found)) return refuse(chatFault('chat.file.inside', { host: address.host }));
  const { host, port, path, tls } = address;
  const bytesMax = FILE_BYTES_MAX + CIPHER_BLOCK_BYTES;
  // To the address that was looked at: the name could stand for another one a moment later.
  const answer = await askHttp({ host, port, path, tls, method: 'GET', bytesMax, signal, resolved: found });
  if (!answer.ok) return answer.fault.code === 'transfer.altered' ? refuse(tooLarge()) : answer;
  return openFile(answer.value, { json: place.content });
}

const tooLarge = () => fileFault('transfer.large', { limitMb: FILE_BYTES_MAX / 1024 / 1024 });

async function numericAddress(host: string): Promise<string | undefined> {
  try {
    return (await lookup(host)).address;
  } catch {
    return undefined;
  }
}
