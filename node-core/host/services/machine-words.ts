// What a machine says of itself in a sentence or two, in the language that it was asked in.

import type { MachineStatus } from '../../dimp/index.ts';

export type TalkLanguage = 'en' | 'zh';

/** What a text asks of a machine; undefined for anything else. */
export function askedInWords(
  text: string,
): { readonly act: 'status' | 'help'; readonly language: TalkLanguage } | undefined {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/[?.!？。！]+$/, '');
  if (word === 'status') return { act: 'status', language: 'en' };
  if (word === 'help') return { act: 'help', language: 'en' };
  if (word === '状态') return { act: 'status', language: 'zh' };
  if (word === '帮助') return { act: 'help', language: 'zh' };
  return undefined;
}

const STATES: Readonly<Record<TalkLanguage, Readonly<Record<MachineStatus['state'], string>>>> = {
  en: {
    offline: 'not connected',
    connecting: 'being connected',
    idle: 'ready',
    heating: 'heating up',
    printing: 'working',
    pausing: 'pausing',
    paused: 'paused',
    cancelling: 'ending the print',
    fault: 'in trouble, and needs its owner',
  },
  zh: {
    offline: '未连接',
    connecting: '正在连接',
    idle: '就绪',
    heating: '正在加热',
    printing: '正在工作',
    pausing: '正在暂停',
    paused: '已暂停',
    cancelling: '正在结束打印',
    fault: '出现故障，需要机主处理',
  },
};

export function statusInWords(name: string, status: MachineStatus, language: TalkLanguage): string {
  const state = STATES[language][status.state];
  const { job, nozzle, bed } = status;
  if (language === 'zh') {
    const parts = [`${name}：${state}。`];
    if (job !== undefined) {
      const percent = Math.floor(job.share * 100);
      parts.push(
        `第 ${job.copy} 份，共 ${job.copies} 份；第 ${job.layer} 层，共 ${job.layers} 层；完成 ${percent}%。`,
      );
      if (job.leftS !== null) parts.push(`大约还需 ${minutesOf(job.leftS)} 分钟。`);
    }
    if (nozzle !== null) parts.push(`喷嘴 ${Math.round(nozzle)} °C。`);
    if (bed !== null) parts.push(`热床 ${Math.round(bed)} °C。`);
    return parts.join('');
  }
  const parts = [`${name} is ${state}.`];
  if (job !== undefined) {
    const percent = Math.floor(job.share * 100);
    parts.push(`Copy ${job.copy} of ${job.copies}, layer ${job.layer} of ${job.layers}, ${percent} % done.`);
    if (job.leftS !== null) parts.push(`About ${minutesOf(job.leftS)} min left.`);
  }
  if (nozzle !== null) parts.push(`Nozzle ${Math.round(nozzle)} °C.`);
  if (bed !== null) parts.push(`Bed ${Math.round(bed)} °C.`);
  return parts.join(' ');
}

export function helpInWords(language: TalkLanguage): string {
  return language === 'zh'
    ? '写“状态”，我会告诉您我在做什么。暂停、继续、取消和画面要用控制台上的按钮：那样的请求会过期，不会迟到。'
    : 'Write "status" and I say what I am doing. To pause, resume or cancel, or for a picture, use the buttons of your console: what they ask is out of date after a minute and never comes late.';
}

const minutesOf = (seconds: number) => Math.max(1, Math.ceil(seconds / 60));

const DONE: Readonly<Record<string, string>> = {
  pause: 'The print is being paused.',
  resume: 'The print goes on.',
  cancel: 'The print is being ended.',
  picture: 'This is what the camera sees.',
};

/** What was done, in a sentence. */
export const doneInWords = (act: string): string => DONE[act] ?? 'Done.';
