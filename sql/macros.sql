-- purpose: read typed values out of a landed row, which is one JSON object (payload)
-- text of a field; an empty text is no text
create or replace macro text_at(payload, field) as nullif(payload ->> field, '');

-- a nested field, whether it was sent nested or as JSON text
create or replace macro nested_at(payload, field) as
case json_type(payload -> field)
    when 'VARCHAR' then try_cast(payload ->> field as json)
    when 'NULL' then null
    else payload -> field
end;

-- a moment that a log can have: 9999-12-31 and 0001-01-01 stand for none
create or replace macro plausible(moment) as case when year(moment) between 1970 and 2199 then moment end;

-- an instant; without a UTC offset it is ambiguous and so not an instant
create or replace macro instant_at(payload, field) as
case
    when regexp_matches(payload ->> field, '\d{2}:\d{2}(:\d{2}([.]\d+)?)?\s*(Z|[+-]\d{2}(:?\d{2})?)$')
        then plausible(try_cast(payload ->> field as timestamptz))
end;

-- a whole number; 3.0 counts as 3, 3.5 does not
create or replace macro integer_at(payload, field) as
case
    when try_cast(payload ->> field as double) = floor(try_cast(payload ->> field as double))
        then try_cast(try_cast(payload ->> field as decimal(20, 2)) as bigint)
end;

-- whether no member of a list of JSON values is of another type than those named, or null
create or replace macro are_all(members, types) as
len(list_filter(members, lambda member: not list_contains(types, json_type(member)) and json_type(member) <> 'NULL'))
= 0;
create or replace macro json_map(nested) as try_cast(nested as map (varchar, json));
create or replace macro plain_types() as ['VARCHAR', 'BOOLEAN', 'BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE'];

-- a list of texts; null where a member is itself a list or an object
create or replace macro list_at(payload, field) as
case
    when are_all(try_cast(nested_at(payload, field) as json[]), plain_types())
        then try_cast(nested_at(payload, field) as varchar[])
end;

-- lists of texts by key; null where a value is no list of such
-- keys whose list is null carry nothing: columnar writers add them for every key seen anywhere
create or replace macro lists_at(payload, field) as
case
    when
        are_all(map_values(json_map(nested_at(payload, field))), ['ARRAY'])
        and are_all(
            flatten(list_transform(
                map_values(json_map(nested_at(payload, field))), lambda member: coalesce(try_cast(member as json[]), [])
            )),
            plain_types()
        )
        then map_from_entries(list_filter(
            map_entries(try_cast(nested_at(payload, field) as map (varchar, varchar[]))),
            lambda e: e.value is not null
        ))
end;

-- numbers by key and key; null where a value is neither that nor a number as text
create or replace macro is_amount(member) as
coalesce(isfinite(try_cast(member ->> '$' as double)), json_type(member) = 'NULL', true);
create or replace macro amounts_at(payload, field) as
case
    when
        are_all(map_values(json_map(nested_at(payload, field))), ['OBJECT'])
        and len(list_filter(
            flatten(list_transform(
                map_values(json_map(nested_at(payload, field))),
                lambda member: coalesce(map_values(json_map(member)), [])
            )),
            lambda member: not is_amount(member)
        )) = 0
        then try_cast(nested_at(payload, field) as map (varchar, map (varchar, double)))
end;

-- price tiers, each [from_units, factor] or {from_units, factor}; null where one is neither
create or replace macro whole_tiers(tiers) as
case
    when
        len(list_filter(
            tiers,
            lambda tier: coalesce(
                tier.from_units <> floor(tier.from_units)
                or tier.from_units < 0 or tier.factor <= 0 or not isfinite(tier.factor) or tier.from_units > 1e15,
                true
            )
        )) = 0
        then try_cast(tiers as struct(from_units bigint, factor double)[])
end;
create or replace macro tiers_at(payload, field) as
whole_tiers(
    case json_type(nested_at(payload, field) -> 0)
        when 'ARRAY'
            then
                list_transform(
                    try_cast(nested_at(payload, field) as double[][]),
                    lambda tier: {
                        'from_units': case when len(tier) = 2 then tier[1] end, 'factor': tier[2]
                    }
                )
        else try_cast(nested_at(payload, field) as struct(from_units double, factor double)[])
    end
);

-- attributes of a taxonomy; null where one has no name, a value no text, or synonyms are no list
create or replace macro named_attributes(nested) as
len(list_filter(
    try_cast(nested as struct(attribute varchar, "values" json)[]),
    lambda a: a.attribute is null or not are_all([a.values], ['ARRAY'])
)) = 0
and len(list_filter(
    flatten(list_transform(
        try_cast(nested as struct("values" json)[]),
        lambda a: coalesce(try_cast(a.values as struct("value" varchar, synonyms json)[]), [])
    )),
    lambda v: v.value is null or not are_all([v.synonyms], ['ARRAY'])
)) = 0;
create or replace macro attributes_at(payload, field) as
case
    when named_attributes(nested_at(payload, field))
        then try_cast(
            nested_at(payload, field)
            as struct(attribute varchar, unit varchar, "values" struct("value" varchar, synonyms varchar[])[])[]
        )
end;

-- name of the field where it was sent and could not be read
create or replace macro mistyped(payload, field, value_is_null) as
case when value_is_null and text_at(payload, field) is not null then field end;

create or replace macro some_of(names) as list_filter(names, lambda name: name is not null);

-- price steps 1, 1.5, 2, 3, 5, 7, 10, 15 … that a price lies between, as text; null where there is no price
create or replace macro decade(price) as power(10, floor(log10(price) + 1e-9));
create or replace macro price_step(price, above) as
decade(price) * list_extract(
    [1, 1.5, 2, 3, 5, 7, 10],
    len(list_filter([1, 1.5, 2, 3, 5, 7], lambda step: step <= price / decade(price) + 1e-9)) + above
);
create or replace macro plain_number(number) as
rtrim(rtrim(cast(cast(number as decimal(24, 4)) as varchar), '0'), '.');
create or replace macro price_band(price) as
case
    when price >= 0.01
        then plain_number(price_step(price, 0)) || '-' || plain_number(price_step(price, 1))
end;
