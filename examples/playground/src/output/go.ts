//! From what comes out to the document.

import { announcement, goTo } from '../state';
import { workbench } from '../workbench';
import { sentence } from './words';

/** Goes to a path of the document, if it is there still. */
export async function goToPath(path: string): Promise<void> {
  try {
    const place = await (await workbench()).places(path);
    if (place) goTo.value = place;
    else announcement.value = `${path} is not in the document.`;
  } catch (error) {
    announcement.value = sentence(error);
  }
}
