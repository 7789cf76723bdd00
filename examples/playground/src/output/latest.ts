//! What a view shows of the workbench: asked again whenever there are new names, and never more than one question at a time, so
//! that somebody who types fast does not wait for answers that are old when they come.

import type { Remote } from 'comlink';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Workbench } from '../engine/protocol';
import { outcome } from '../state';
import { workbench } from '../workbench';
import { sentence } from './words';

export interface Latest<T> {
  /** The newest answer to this question; absent before the first. */
  value?: T;
  /** Why there is none. */
  failure?: string;
}

type Load<T> = (bench: Remote<Workbench>) => Promise<T>;

/** The newest answer that there is; `question` names it: another question forgets the answer. */
export function useLatest<T>(question: string, load: Load<T>): Latest<T> {
  const [answer, setAnswer] = useState<Latest<T> & { question: string }>({ question });
  const asking = useRef<Asking<T> | null>(null);
  asking.current ??= new Asking(setAnswer);
  const it = asking.current;
  const now = outcome.value;
  useEffect(() => {
    if (now) {
      it.want(question, load);
    }
  }, [now, question]);
  useEffect(() => () => it.stop(), []);
  return answer.question === question ? answer : {};
}

/** One question at a time; the newest is asked when the one before it is answered. */
class Asking<T> {
  private wanted: { question: string; load: Load<T> } | null = null;
  private isBusy = false;
  private isStopped = false;

  constructor(private readonly tell: (answer: Latest<T> & { question: string }) => void) {}

  want(question: string, load: Load<T>): void {
    this.wanted = { question, load };
    if (!this.isBusy) {
      void this.work();
    }
  }

  stop(): void {
    this.isStopped = true;
  }

  private async work(): Promise<void> {
    this.isBusy = true;
    while (this.wanted && !this.isStopped) {
      const { question, load } = this.wanted;
      this.wanted = null;
      const answer = await answered(load);
      if (!this.isStopped) {
        this.tell({ question, ...answer });
      }
    }
    this.isBusy = false;
  }
}

async function answered<T>(load: Load<T>): Promise<Latest<T>> {
  try {
    return { value: await load(await workbench()) };
  } catch (error) {
    return { failure: sentence(error) };
  }
}
