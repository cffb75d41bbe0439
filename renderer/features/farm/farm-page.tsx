// Which of the farm's screens is shown: the wall, one machine, or the wizard.

import { useRoute } from '../../bridge/index.ts';
import { AddMachineScreen } from './add-machine.tsx';
import { FleetScreen } from './fleet-screen.tsx';
import { MachineScreen } from './machine-screen.tsx';

export function FarmPage() {
  const { segments } = useRoute();
  const id = segments[1];
  if (id === 'add') return <AddMachineScreen />;
  if (id !== undefined) return <MachineScreen key={id} id={id} />;
  return <FleetScreen />;
}
