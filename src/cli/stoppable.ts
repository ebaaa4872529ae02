// Work of a command that Ctrl-C may end early.
import { EXIT } from './exit.ts';
import { onInterrupt } from './interrupt.ts';
import { Session, type Where } from './session.ts';

/** Does work in a session of its own, and gives its status; where Ctrl-C ended it early, with what there is, that of an interruption. */
export async function stoppable(where: Where, work: (session: Session) => Promise<number>): Promise<number> {
  const session = await Session.open(where);
  let stopped = false;
  const over = onInterrupt(() => {
    stopped = true;
    void session.stop();
  });
  try {
    const status = await work(session);
    return stopped ? EXIT.interrupted : status;
  } finally {
    over();
    await session.close();
  }
}
