//! What a resolver is told, in a line: the words of `zonesmith explain`.

import type { AnswerStatus, AnswerStep } from '../../engine/protocol';
import { counted } from '../words';

export function headline(step: AnswerStep, type: string): string {
  const { name, status, isEmptyNonTerminal, records } = step;
  switch (status) {
    case 'found':
      return `NOERROR: ${name} has ${counted(records.length, 'record')}`;
    case 'no-data':
      if (isEmptyNonTerminal) return `NODATA: ${name} has no records, names below it have`;
      return type === 'ANY'
        ? `NODATA: ${name} is there, but has no records`
        : `NODATA: ${name} is there, but has no record of type ${type}`;
    case 'no-such-name':
      return `NXDOMAIN: there is no name ${name}`;
    case 'referral':
      return `REFERRAL: whoever asks for ${name} is sent elsewhere`;
    case 'out-of-zone':
      return `REFUSED: no zone of ${name} is here`;
    case 'not-served':
      return 'SERVFAIL: there are no zones';
  }
}

/** Whether nothing is answered. */
export function isMiss(status: AnswerStatus): boolean {
  return status !== 'found' && status !== 'referral';
}
