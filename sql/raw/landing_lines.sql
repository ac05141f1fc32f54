-- purpose: lines of JSONL files as landed, plain or compressed
-- grain: one row per line that is not blank; source_row counts lines from 1 within its file
-- inputs: files on disk; $files: their paths
with numbered as (
    select
        filename,
        line,
        row_number() over () as line_number
    from read_csv(
        $files, header = false, delim = chr(1), quote = '', escape = '', columns = { 'line': 'VARCHAR' },
        auto_detect = false, filename = true, max_line_size = 16000000
    )
),

starts as (
    select
        filename,
        min(line_number) as first_line_number
    from numbered
    group by filename
)

select
    numbered.filename as path,
    numbered.line_number - starts.first_line_number + 1 as source_row,
    case when json_valid(numbered.line) and json_type(numbered.line) = 'OBJECT' then numbered.line end as payload,
    case
        when not json_valid(numbered.line) or json_type(numbered.line) <> 'OBJECT' then numbered.line
    end as unreadable
from numbered
inner join starts on numbered.filename = starts.filename
where trim(numbered.line) <> ''
