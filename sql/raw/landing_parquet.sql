-- purpose: rows of Parquet files as landed, each as one JSON object
-- grain: one row per Parquet row; source_row counts rows from 1 within its file
-- inputs: files on disk; $files: their paths
select
    filename as path,
    file_row_number + 1 as source_row,
    to_json(struct_pack(*columns(* exclude (filename, file_row_number))))::varchar as payload,
    null::varchar as unreadable
from read_parquet($files, filename = true, file_row_number = true, union_by_name = true)
