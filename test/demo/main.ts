import { startPeople } from './people.ts';
import { startScreen } from './screen.ts';
import { play } from './play.ts';

const people = await startPeople();
const screen = startScreen(people.discord, people.channels, [people.ana, people.bo]);
try {
  await play(people, screen);
} finally {
  screen.stop();
  await people.close();
}
