//! The page: mounts, then lets the engine start.

import { render } from 'preact';
import { Layout } from './frame/layout';
import { keep } from './frame/offline';
import { dress } from './frame/theme';
import { start } from './start';
import { failure } from './state';
import { messageOf } from './update';

dress();
const page = document.getElementById('page');
if (page !== null) render(<Layout />, page);
keep();
start().catch(error => {
  failure.value = `The page does not start: ${messageOf(error)}`;
});
