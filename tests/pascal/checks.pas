{ What the Pascal test programs share: checks that count, and the host's code page that they run in.

  -dPAGE1252 makes the program one of code page 1252, as Delphi 7 is on a French Windows. }
unit checks;

{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}

interface

uses
  {$IFDEF UNIX}cthreads, cwstring, {$ELSE}Windows, {$ENDIF}Classes, SysUtils;

{ Says what is wrong and lets the program fail at its end. }
procedure Check(Right: Boolean; const What: string);
procedure Same(const Wanted, Found, What: string);
{ Ends the program: 0 where every check held and there were some. }
procedure Ended;
{ A text of the environment, which is UTF-8 on Linux and UTF-16 on Windows; it has to be there. }
function Given(const Name: string): string;
function FileText(const Path: string): string;
{ By the compiler's own conversions: not by the unit that is tested. }
function FromUtf8(const Text: UTF8String): string;
function ToUtf8(const Text: string): UTF8String;

implementation

var
  Done, Wrong: Integer;

procedure Check(Right: Boolean; const What: string);
begin
  InterlockedIncrement(Done);
  if Right then
    Exit;
  InterlockedIncrement(Wrong);
  WriteLn(ToUtf8('WRONG: ' + What));
end;

procedure Same(const Wanted, Found, What: string);
begin
  Check(Wanted = Found, What + ': wanted <' + Wanted + '>, found <' + Found + '>');
end;

procedure Ended;
begin
  WriteLn('checks=', Done, ' wrong=', Wrong);
  if (Wrong > 0) or (Done = 0) then
    Halt(1);
end;

function FromUtf8(const Text: UTF8String): string;
begin
  Result := string(Text);
end;

function ToUtf8(const Text: string): UTF8String;
begin
  Result := UTF8String(Text);
end;

function Given(const Name: string): string;
{$IFDEF UNIX}
var
  Bytes: RawByteString;
begin
  Bytes := RawByteString(GetEnvironmentVariable(Name));
  SetCodePage(Bytes, CP_UTF8, False);
  Result := FromUtf8(UTF8String(Bytes));
{$ELSE}
var
  Text: UnicodeString;
begin
  SetLength(Text, 32767);
  SetLength(Text, GetEnvironmentVariableW(PWideChar(UnicodeString(Name)), PWideChar(Text), Length(Text)));
  Result := string(Text);
{$ENDIF}
  if Result = '' then
    raise Exception.Create(Name + ' is not set');
end;

function FileText(const Path: string): string;
var
  Bytes: RawByteString;
  Source: TFileStream;
begin
  Source := TFileStream.Create(Path, fmOpenRead or fmShareDenyNone);
  try
    SetLength(Bytes, Source.Size);
    if Bytes <> '' then
      Source.ReadBuffer(Bytes[1], Length(Bytes));
  finally
    Source.Free;
  end;
  SetCodePage(Bytes, CP_UTF8, False);
  Result := FromUtf8(UTF8String(Bytes));
end;

initialization
  {$IFDEF PAGE1252}
  SetMultiByteConversionCodePage(1252);
  {$ELSE}
  SetMultiByteConversionCodePage(CP_UTF8);
  {$ENDIF}
  SetMultiByteRTLFileSystemCodePage(CP_UTF8);
  SetTextCodePage(Output, CP_UTF8);
end.
