{ tillmail for Delphi 7 to 12, C++Builder, Lazarus and Free Pascal: loads the library at run time.

  TTillMail has one method for each function of include/tillmail.h: JSON in, JSON out, in the host's own strings. A
  code other than MAIL_OK raises ETillMail. Who wants the C functions themselves finds them in TTillMail.Api. Objects
  hold nothing but the loaded library: any thread may call any of them. The settings of the floating-point unit stay
  as the host has them. TillMailJson.pas has the texts, and the JSON that a till needs.

  SPDX-License-Identifier: MIT OR Apache-2.0 }
unit TillMail;

{$IFDEF FPC}
  {$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}
{$ENDIF}

interface

uses
  {$IFDEF MSWINDOWS}Windows, {$ELSE}dynlibs, {$ENDIF}SysUtils, TillMailJson;

const
  TILLMAIL_ABI_VERSION = 1;
  MAIL_OK = 0;
  MAIL_E_NULL = 1;
  MAIL_E_UTF8 = 2;
  MAIL_E_JSON = 3;
  MAIL_E_UNKNOWN_FIELD = 4;
  MAIL_E_MISSING_FIELD = 5;
  MAIL_E_TYPE = 6;
  MAIL_E_VALUE = 7;
  MAIL_E_CONTROL_CHARACTER = 8;
  MAIL_E_ADDRESS = 9;
  MAIL_E_TOO_LARGE = 10;
  MAIL_E_ATTACHMENT = 11;
  MAIL_E_ATTACHMENT_FORBIDDEN = 12;
  MAIL_E_NOT_CONFIGURED = 13;
  MAIL_E_SHUT_DOWN = 14;
  MAIL_E_ALREADY_OPEN = 15;
  MAIL_E_UNKNOWN_ID = 16;
  MAIL_E_TIMEOUT = 17;
  MAIL_E_OUTBOX_FULL = 18;
  MAIL_E_ROLE = 19;
  MAIL_E_STATE = 20;
  MAIL_E_NO_SALE = 21;
  MAIL_E_OUTBOX_BYTES = 22;
  MAIL_E_JOURNAL_FULL = 23;
  MAIL_E_FORKED = 24;
  MAIL_E_RESOURCES = 25;
  MAIL_E_FOLDER = 30;
  MAIL_E_DISK_FULL = 31;
  MAIL_E_DISK = 32;
  MAIL_E_DAMAGED = 33;
  MAIL_E_NEWER = 34;
  MAIL_E_LOCKED = 35;
  MAIL_E_SEALED = 36;
  MAIL_E_NETWORK = 50;
  MAIL_E_TLS = 51;
  MAIL_E_AUTH = 52;
  MAIL_E_SENDER = 53;
  MAIL_E_ACCOUNT = 54;
  MAIL_E_QUOTA = 55;
  MAIL_E_TRANSIENT = 56;
  MAIL_E_RECIPIENT = 57;
  MAIL_E_CONTENT = 58;
  MAIL_E_UNCERTAIN = 59;
  MAIL_E_PROTOCOL = 60;
  MAIL_E_CANCELLED = 61;
  MAIL_E_EXPIRED = 62;
  MAIL_E_SIGN_IN = 63;
  MAIL_E_BUG = 99;

  { Code of ETillMailLoad: the library itself is not there. No code of the library is below 0. }
  MAIL_NOT_LOADED = -1;

type
  // typedef int32_t mail_code;
  TMailCode = Longint;
  PMailReply = ^PAnsiChar;
  TMailCall = function(request: PAnsiChar; reply: PMailReply): TMailCode; cdecl;

  { The functions of the library; include/tillmail.h describes each. }
  TMailApi = record
    // mail_code mail_init(const char *request, char **reply);
    mail_init: TMailCall;
    // mail_code mail_configure(const char *request, char **reply);
    mail_configure: TMailCall;
    // mail_code mail_settings(const char *request, char **reply);
    mail_settings: TMailCall;
    // mail_code mail_presets(const char *request, char **reply);
    mail_presets: TMailCall;
    // mail_code mail_verify(const char *request, char **reply);
    mail_verify: TMailCall;
    // mail_code mail_save_and_test(const char *request, char **reply);
    mail_save_and_test: TMailCall;
    // mail_code mail_sign_in(const char *request, char **reply);
    mail_sign_in: TMailCall;
    // mail_code mail_send_receipt(const char *request, char **reply);
    mail_send_receipt: TMailCall;
    // mail_code mail_preview(const char *request, char **reply);
    mail_preview: TMailCall;
    // mail_code mail_send_message(const char *request, char **reply);
    mail_send_message: TMailCall;
    // mail_code mail_wait(const char *request, char **reply);
    mail_wait: TMailCall;
    // mail_code mail_journal(const char *request, char **reply);
    mail_journal: TMailCall;
    // mail_code mail_health(const char *request, char **reply);
    mail_health: TMailCall;
    // mail_code mail_retry(const char *request, char **reply);
    mail_retry: TMailCall;
    // mail_code mail_cancel(const char *request, char **reply);
    mail_cancel: TMailCall;
    // mail_code mail_resend(const char *request, char **reply);
    mail_resend: TMailCall;
    // mail_code mail_erase(const char *request, char **reply);
    mail_erase: TMailCall;
    // mail_code mail_shutdown(const char *request, char **reply);
    mail_shutdown: TMailCall;
    // void mail_free(char *text);
    mail_free: procedure(text: PAnsiChar); cdecl;
    // const char *mail_version(void);
    mail_version: function: PAnsiChar; cdecl;
    // int32_t mail_abi_version(void);
    mail_abi_version: function: Longint; cdecl;
    // const char *mail_last_error(void);
    mail_last_error: function: PAnsiChar; cdecl;
  end;

  { What a call answered instead of MAIL_OK. Message is the whole sentence, for a person to read. }
  ETillMail = class(Exception)
  private
    FCode: TMailCode;
    FCodeName, FErrorClass, FMailMessage, FHint, FField, FReply: string;
  public
    constructor CreateReply(ACode: TMailCode; const Sentence, Json: TMailWide);
    { One of MAIL_E_, and its name. }
    property Code: TMailCode read FCode;
    property CodeName: string read FCodeName;
    property ErrorClass: string read FErrorClass;
    { What is wrong, and what to do about it; in Message they stand together. }
    property MailMessage: string read FMailMessage;
    property Hint: string read FHint;
    { The path of the field in the request, such as smtp.host. }
    property Field: string read FField;
    { The whole reply: MailJsonText(E.Reply, 'error.smtp.text') is what the mail server said. }
    property Reply: string read FReply;
  end;

  { The library is missing, is none, or is older than this unit. }
  ETillMailLoad = class(ETillMail)
  public
    constructor CreateLoad(const French, English: TMailWide);
  end;

  TTillMail = class
  private
    FHandle: {$IFDEF MSWINDOWS}HMODULE{$ELSE}TLibHandle{$ENDIF};
    FPath: string;
    FApi: TMailApi;
    procedure Load;
    function Bind(const Name: AnsiString): Pointer;
    function Call(Func: TMailCall; const Request: string): string;
  public
    { Loads tillmail.dll (libtillmail.so.1) from the program's own folder, or the file that is named. }
    constructor Create(const LibraryPath: string = '');
    { Unloads it. Shutdown comes before; without it nothing is lost either. }
    destructor Destroy; override;
    { An empty request is none: NULL. }
    function Init(const Request: string = ''): string;
    function Configure(const Request: string = ''): string;
    function Settings(const Request: string = ''): string;
    function Presets(const Request: string = ''): string;
    function Verify(const Request: string = ''): string;
    function SaveAndTest(const Request: string = ''): string;
    function SignIn(const Request: string = ''): string;
    function SendReceipt(const Request: string = ''): string;
    function Preview(const Request: string = ''): string;
    function SendMessage(const Request: string = ''): string;
    function Wait(const Request: string = ''): string;
    function Journal(const Request: string = ''): string;
    function Health(const Request: string = ''): string;
    function Retry(const Request: string = ''): string;
    function Cancel(const Request: string = ''): string;
    function Resend(const Request: string = ''): string;
    function Erase(const Request: string = ''): string;
    function Shutdown(const Request: string = ''): string;
    function Version: string;
    function AbiVersion: Integer;
    { The last failure of this thread as one sentence; empty after a success. }
    function LastError: string;
    property LibraryPath: string read FPath;
    property Api: TMailApi read FApi;
  end;

implementation

const
  LIBRARY_NAME = {$IFDEF MSWINDOWS}'tillmail.dll'{$ELSE}'libtillmail.so.1'{$ENDIF};

{ ETillMail }

constructor ETillMail.CreateReply(ACode: TMailCode; const Sentence, Json: TMailWide);

  function Found(const Name: string): string;
  var
    Value: TMailWide;
  begin
    MailWideFind(Json, 'error.' + TMailWide(Name), Value);
    Result := MailHost(Value, False);
  end;

begin
  inherited Create(MailHost(Sentence, False));
  FCode := ACode;
  FCodeName := Found('name');
  FErrorClass := Found('class');
  FMailMessage := Found('message');
  FHint := Found('hint');
  FField := Found('field');
  FReply := MailHost(Json, True);
end;

{ Nobody has said yet which language holds: both are given. }
constructor ETillMailLoad.CreateLoad(const French, English: TMailWide);
begin
  inherited CreateReply(MAIL_NOT_LOADED, French + #13#10 + English, '');
  FCodeName := 'MAIL_NOT_LOADED';
  FErrorClass := 'host';
  FMailMessage := Message;
end;

{ TTillMail }

function Beside(const Name: string): string;
begin
  Result := ExtractFilePath(ParamStr(0)) + Name;
end;

constructor TTillMail.Create(const LibraryPath: string);
begin
  inherited Create;
  FPath := LibraryPath;
  if FPath = '' then
    FPath := Beside(LIBRARY_NAME);
  Load;
  @FApi.mail_abi_version := Bind('mail_abi_version');
  if AbiVersion < TILLMAIL_ABI_VERSION then
    raise ETillMailLoad.CreateLoad(
      MailWide(MailText('La biblioth\u00e8que d''envoi des mails est trop ancienne : ') + FPath +
        Format(' a la version d''interface %d, ce programme demande la %d. ', [AbiVersion, TILLMAIL_ABI_VERSION]) +
        MailText('Remplacez-la par celle livr\u00e9e avec le programme.')),
      MailWide('The mail library is too old: ' + FPath + Format(' has version %d of the interface, this program ' +
        'needs %d. Replace it by the one delivered with the program.', [AbiVersion, TILLMAIL_ABI_VERSION])));
  @FApi.mail_init := Bind('mail_init');
  @FApi.mail_configure := Bind('mail_configure');
  @FApi.mail_settings := Bind('mail_settings');
  @FApi.mail_presets := Bind('mail_presets');
  @FApi.mail_verify := Bind('mail_verify');
  @FApi.mail_save_and_test := Bind('mail_save_and_test');
  @FApi.mail_sign_in := Bind('mail_sign_in');
  @FApi.mail_send_receipt := Bind('mail_send_receipt');
  @FApi.mail_preview := Bind('mail_preview');
  @FApi.mail_send_message := Bind('mail_send_message');
  @FApi.mail_wait := Bind('mail_wait');
  @FApi.mail_journal := Bind('mail_journal');
  @FApi.mail_health := Bind('mail_health');
  @FApi.mail_retry := Bind('mail_retry');
  @FApi.mail_cancel := Bind('mail_cancel');
  @FApi.mail_resend := Bind('mail_resend');
  @FApi.mail_erase := Bind('mail_erase');
  @FApi.mail_shutdown := Bind('mail_shutdown');
  @FApi.mail_free := Bind('mail_free');
  @FApi.mail_version := Bind('mail_version');
  @FApi.mail_last_error := Bind('mail_last_error');
end;

destructor TTillMail.Destroy;
begin
  if FHandle <> 0 then
    FreeLibrary(FHandle);
  inherited;
end;

{$IFDEF MSWINDOWS}
{ The number too: 126 is a file that is not there, 193 one of other bits, and Windows has no words for some. }
function WindowsReason(Number: Cardinal): string;
begin
  Result := Trim(Trim(SysErrorMessage(Number)) + ' [' + IntToStr(Number) + ']');
end;
{$ENDIF}

procedure TTillMail.Load;
var
  Reason: string;
  {$IFDEF CPU386}
  ControlWord: Word;
  {$ENDIF}
begin
  {$IFDEF CPU386}
  // The start-up code of a DLL may set the floating-point unit as C likes it.
  ControlWord := Get8087CW;
  {$ENDIF}
  {$IFDEF MSWINDOWS}
  FHandle := LoadLibraryW(PWideChar(MailWide(FPath)));
  if FHandle = 0 then
    Reason := WindowsReason(GetLastError);
  {$ELSE}
  FHandle := LoadLibrary(MailUtf8(MailWide(FPath)));
  if FHandle = 0 then
    Reason := GetLoadErrorStr;
  {$ENDIF}
  {$IFDEF CPU386}
  Set8087CW(ControlWord);
  {$ENDIF}
  if FHandle = 0 then
    raise ETillMailLoad.CreateLoad(
      MailWide(MailText('La biblioth\u00e8que d''envoi des mails ne se charge pas : ') + FPath + ' (' + Reason +
        MailText('). Copiez ce fichier, du m\u00eame nombre de bits que le programme, \u00e0 cet endroit.')),
      MailWide('The mail library does not load: ' + FPath + ' (' + Reason +
        '). Copy this file there, made for as many bits as the program.'));
end;

function TTillMail.Bind(const Name: AnsiString): Pointer;
begin
  Result := GetProcAddress(FHandle, PAnsiChar(Name));
  if Result = nil then
    raise ETillMailLoad.CreateLoad(
      MailWide('Ce fichier n''est pas ' + LIBRARY_NAME + ' : ' + FPath + ' (' + string(Name) + ' y manque).'),
      MailWide('This file is not ' + LIBRARY_NAME + ': ' + FPath + ' (it lacks ' + string(Name) + ').'));
end;

function TTillMail.Call(Func: TMailCall; const Request: string): string;
var
  Sent: TMailUtf8;
  Given: PAnsiChar;
  Reply: PAnsiChar;
  Code: TMailCode;
begin
  Given := nil;
  Sent := MailUtf8(MailWide(Request));
  if Request <> '' then
    Given := PAnsiChar(Sent);
  Reply := nil;
  Code := Func(Given, @Reply);
  try
    if Code <> MAIL_OK then
      raise ETillMail.CreateReply(Code, MailFromUtf8(FApi.mail_last_error()), MailFromUtf8(Reply));
    Result := MailHost(MailFromUtf8(Reply), True);
  finally
    FApi.mail_free(Reply);
  end;
end;

function TTillMail.Init(const Request: string): string;
begin
  Result := Call(FApi.mail_init, Request);
end;

function TTillMail.Configure(const Request: string): string;
begin
  Result := Call(FApi.mail_configure, Request);
end;

function TTillMail.Settings(const Request: string): string;
begin
  Result := Call(FApi.mail_settings, Request);
end;

function TTillMail.Presets(const Request: string): string;
begin
  Result := Call(FApi.mail_presets, Request);
end;

function TTillMail.Verify(const Request: string): string;
begin
  Result := Call(FApi.mail_verify, Request);
end;

function TTillMail.SaveAndTest(const Request: string): string;
begin
  Result := Call(FApi.mail_save_and_test, Request);
end;

function TTillMail.SignIn(const Request: string): string;
begin
  Result := Call(FApi.mail_sign_in, Request);
end;

function TTillMail.SendReceipt(const Request: string): string;
begin
  Result := Call(FApi.mail_send_receipt, Request);
end;

function TTillMail.Preview(const Request: string): string;
begin
  Result := Call(FApi.mail_preview, Request);
end;

function TTillMail.SendMessage(const Request: string): string;
begin
  Result := Call(FApi.mail_send_message, Request);
end;

function TTillMail.Wait(const Request: string): string;
begin
  Result := Call(FApi.mail_wait, Request);
end;

function TTillMail.Journal(const Request: string): string;
begin
  Result := Call(FApi.mail_journal, Request);
end;

function TTillMail.Health(const Request: string): string;
begin
  Result := Call(FApi.mail_health, Request);
end;

function TTillMail.Retry(const Request: string): string;
begin
  Result := Call(FApi.mail_retry, Request);
end;

function TTillMail.Cancel(const Request: string): string;
begin
  Result := Call(FApi.mail_cancel, Request);
end;

function TTillMail.Resend(const Request: string): string;
begin
  Result := Call(FApi.mail_resend, Request);
end;

function TTillMail.Erase(const Request: string): string;
begin
  Result := Call(FApi.mail_erase, Request);
end;

function TTillMail.Shutdown(const Request: string): string;
begin
  Result := Call(FApi.mail_shutdown, Request);
end;

function TTillMail.Version: string;
begin
  Result := MailHost(MailFromUtf8(FApi.mail_version()), False);
end;

function TTillMail.AbiVersion: Integer;
begin
  Result := FApi.mail_abi_version();
end;

function TTillMail.LastError: string;
begin
  Result := MailHost(MailFromUtf8(FApi.mail_last_error()), False);
end;

end.
