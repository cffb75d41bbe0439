// The shape of a page while its chunk or first data are on the way.

import { SimpleGrid, Skeleton, Stack } from '@mantine/core';

const TILES = ['a', 'b', 'c', 'd', 'e', 'f'];

export function PageSkeleton() {
  return (
    <Stack gap="lg" aria-busy="true">
      <Skeleton height={32} width={220} />
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {TILES.map((tile) => (
          <Skeleton key={tile} height={180} radius="lg" />
        ))}
      </SimpleGrid>
    </Stack>
  );
}
