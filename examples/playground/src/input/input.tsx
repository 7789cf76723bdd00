//! What the names are made of: a stack of policies, and a cluster.

import { useEffect } from 'preact/hooks';
import { loadShipped } from './catalogue';
import { Drop } from './drop';
import { Document } from './editor/document';
import './input.css';
import { Policies } from './policies';

export function Input() {
  useEffect(() => {
    // Why the engine does not start is said in the status line.
    loadShipped().catch(() => {});
  }, []);
  return (
    <>
      <Policies />
      <Document />
      <Drop />
    </>
  );
}
