// The flat PrusaSlicer configuration of one job: everything that decides the print is set here, because the program's own
// defaults (density 0, RepRap flavour) belong to no machine, and bundles given to --load are silently ignored.

import type { SliceJob } from './slicer-job.ts';

type Size = { readonly x: number; readonly y: number; readonly z: number };

const SKIRT_DISTANCE_MM = 3;
const BRIM_WIDTH_MM = 5;
/** Solid shell above and below, whatever the layer height. */
const SHELL_UM = 800;
/** Materials that warp and split when their layers are cooled. */
const HOT_MATERIALS = /^(ABS|ASA|PC|HIPS|PA|NYLON)/;

/** Lines of an .ini file for --load. */
export function prusaConfig(job: SliceJob, sizeUm: Size): string {
  const settings = {
    ...machineSettings(job),
    ...materialSettings(job),
    ...shapeSettings(job, sizeUm),
    ...SPEEDS,
    start_gcode: startGcode(job),
    end_gcode: endGcode(job),
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${String(value).replaceAll('\n', '\\n')}\n`)
    .join('');
}

type Settings = Readonly<Record<string, string | number>>;

function machineSettings({ profile }: SliceJob): Settings {
  const { x, y, z } = profile.volumeMm;
  return {
    printer_technology: 'FFF',
    gcode_flavor: 'marlin2',
    bed_shape: `0x0,${x}x0,${x}x${y},0x${y}`,
    max_print_height: z,
    nozzle_diameter: profile.nozzleUm / 1000,
    filament_diameter: profile.filamentUm / 1000,
    use_relative_e_distances: 1,
    layer_gcode: 'G92 E0',
    before_layer_gcode: '',
    machine_limits_usage: 'time_estimate_only',
    remaining_times: 0,
    gcode_comments: 0,
    gcode_label_objects: 0,
    complete_objects: 0,
    // Fewer tiny segments than the default: a serial line carries about 200 moves a second.
    gcode_resolution: 0.02,
    resolution: 0.01,
    retract_length: 1,
    retract_speed: 35,
    retract_lift: 0,
    retract_before_travel: 2,
    thumbnails: '',
  };
}

function materialSettings({ material }: SliceJob): Settings {
  const hot = HOT_MATERIALS.test(material.material);
  return {
    filament_type: material.material.split('-')[0] ?? 'PLA',
    filament_density: material.densityMgPerCm3 / 1000,
    filament_cost: 0,
    temperature: material.nozzleC,
    first_layer_temperature: material.nozzleC,
    bed_temperature: material.bedC,
    first_layer_bed_temperature: material.bedC,
    cooling: 1,
    fan_always_on: hot ? 0 : 1,
    min_fan_speed: hot ? 10 : 60,
    max_fan_speed: hot ? 30 : 100,
    disable_fan_first_layers: 1,
  };
}

function shapeSettings({ profile, settings }: SliceJob, sizeUm: Size): Settings {
  const layerMm = settings.layerHeightUm / 1000;
  const nozzleMm = profile.nozzleUm / 1000;
  const shellLayers = Math.max(3, Math.ceil(SHELL_UM / settings.layerHeightUm));
  const solid = settings.infillPercent >= 95;
  const brimMm = settings.brim ? BRIM_WIDTH_MM : 0;
  // A skirt primes the nozzle, but is left out where it would reach beyond the bed.
  const marginMm = (brimMm + SKIRT_DISTANCE_MM + 2 * nozzleMm) * 2;
  const hasRoom =
    sizeUm.x / 1000 + marginMm <= profile.volumeMm.x && sizeUm.y / 1000 + marginMm <= profile.volumeMm.y;
  return {
    layer_height: layerMm,
    first_layer_height: Math.min(Math.max(layerMm, nozzleMm / 2), nozzleMm * 0.75),
    perimeters: settings.perimeters,
    fill_density: `${settings.infillPercent}%`,
    // Only straight patterns can fill everything.
    fill_pattern: solid ? 'rectilinear' : 'cubic',
    top_solid_layers: shellLayers,
    bottom_solid_layers: shellLayers,
    support_material: settings.supports ? 1 : 0,
    support_material_auto: 1,
    support_material_threshold: 50,
    brim_type: settings.brim ? 'outer_only' : 'no_brim',
    brim_width: brimMm,
    skirts: hasRoom ? 1 : 0,
    skirt_distance: SKIRT_DISTANCE_MM,
    skirt_height: 1,
    min_skirt_length: hasRoom ? 12 : 0,
    seam_position: 'aligned',
  };
}

/** mm/s; speeds that every common machine prints well with. */
const SPEEDS: Settings = {
  perimeter_speed: 50,
  external_perimeter_speed: 35,
  small_perimeter_speed: 25,
  infill_speed: 70,
  solid_infill_speed: 60,
  top_solid_infill_speed: 40,
  bridge_speed: 35,
  gap_fill_speed: 25,
  support_material_speed: 50,
  first_layer_speed: 20,
  travel_speed: 140,
  max_print_speed: 80,
  max_volumetric_speed: 10,
};

function startGcode({ material }: SliceJob): string {
  return [
    'G21',
    'G90',
    `M140 S${material.bedC}`,
    `M104 S${material.nozzleC}`,
    'G28',
    ...(material.bedC > 0 ? [`M190 S${material.bedC}`] : []),
    `M109 S${material.nozzleC}`,
    'G92 E0',
  ].join('\n');
}

function endGcode({ profile }: SliceJob): string {
  return [
    'M107',
    'G92 E0',
    'G1 E-2 F1800',
    'M104 S0',
    'M140 S0',
    'G90',
    `G1 Z{min(max_layer_z + 10, ${profile.volumeMm.z})} F600`,
    `G1 X${Math.min(5, profile.volumeMm.x)} Y${Math.max(0, profile.volumeMm.y - 5)} F4800`,
    'M84',
  ].join('\n');
}
